// The payloads that Slack sends, as its "Interaction payloads" and "Slash commands" references describe them.
import type { JsonObject } from './json.ts';
import type { Parts } from './parts.ts';
import type { Channel, Ephemeral, Message, View } from './records.ts';
import { messageOnWire, teamOnWire, userOnWire, viewOnWire } from './wire.ts';

/** The deprecated verification token, which apps must not rely on. */
const TOKEN = 'verification-token';

export function commandPayload(
  order: { user: string; channel: Channel; command: string; text: string; responseUrl: string },
  parts: Parts,
): JsonObject {
  const { workspace } = parts;
  return {
    token: TOKEN,
    team_id: workspace.teamId,
    team_domain: workspace.teamDomain,
    channel_id: order.channel.id,
    channel_name: order.channel.isPrivate ? 'privategroup' : order.channel.name,
    user_id: order.user,
    user_name: workspace.users.get(order.user)?.name ?? order.user,
    command: order.command,
    text: order.text,
    api_app_id: workspace.appId,
    is_enterprise_install: 'false',
    response_url: order.responseUrl,
    trigger_id: parts.triggers.issue(order.user),
  };
}

/** What every interactive payload begins with. */
function interaction(type: string, user: string, parts: Parts): JsonObject {
  const { workspace } = parts;
  return {
    type,
    user: userOnWire(user, workspace),
    api_app_id: workspace.appId,
    token: TOKEN,
    team: teamOnWire(workspace),
    enterprise: null,
    is_enterprise_install: false,
  };
}

export type ActionPlace =
  | { readonly kind: 'message'; readonly message: Message; readonly version?: number }
  | { readonly kind: 'ephemeral'; readonly ephemeral: Ephemeral }
  | { readonly kind: 'view'; readonly view: View };

export function actionPayload(
  user: string,
  place: ActionPlace,
  action: JsonObject,
  responseUrl: string | undefined,
  parts: Parts,
): JsonObject {
  const base = interaction('block_actions', user, parts);
  const actions = [{ ...action, action_ts: parts.clock.nextTs() }];
  if (place.kind === 'view') {
    return {
      ...base,
      container: { type: 'view', view_id: place.view.id },
      trigger_id: parts.triggers.issue(user, place.view.id),
      view: viewOnWire(place.view, parts.workspace),
      actions,
    };
  }
  const shown = place.kind === 'message' ? place.message : place.ephemeral;
  const channel = parts.workspace.channels.get(shown.channel);
  const message =
    place.kind === 'message' ? { message: messageOnWire(place.message, parts.workspace, place.version) } : {};
  return {
    ...base,
    container: {
      type: 'message',
      message_ts: shown.ts,
      channel_id: shown.channel,
      is_ephemeral: place.kind === 'ephemeral',
      ...(shown.threadTs === undefined ? {} : { thread_ts: shown.threadTs }),
    },
    trigger_id: parts.triggers.issue(user),
    channel: { id: shown.channel, name: channel?.name ?? '' },
    ...message,
    state: { values: {} },
    response_url: responseUrl,
    actions,
  };
}

export function submissionPayload(user: string, view: View, values: JsonObject, parts: Parts): JsonObject {
  return {
    ...interaction('view_submission', user, parts),
    trigger_id: parts.triggers.issue(user, view.id),
    view: viewOnWire(view, parts.workspace, values),
    response_urls: [],
  };
}

export function closedPayload(user: string, view: View, parts: Parts): JsonObject {
  return {
    ...interaction('view_closed', user, parts),
    view: viewOnWire(view, parts.workspace),
    is_cleared: false,
  };
}

export function suggestionPayload(
  user: string,
  view: View,
  asked: { actionId: string; blockId: string; query: string },
  parts: Parts,
): JsonObject {
  return {
    ...interaction('block_suggestion', user, parts),
    container: { type: 'view', view_id: view.id },
    action_id: asked.actionId,
    block_id: asked.blockId,
    value: asked.query,
    view: viewOnWire(view, parts.workspace),
  };
}

export function shortcutPayload(user: string, callbackId: string, parts: Parts): JsonObject {
  return {
    ...interaction('shortcut', user, parts),
    callback_id: callbackId,
    trigger_id: parts.triggers.issue(user),
    action_ts: parts.clock.nextTs(),
  };
}

export function messageShortcutPayload(
  user: string,
  callbackId: string,
  message: Message,
  responseUrl: string,
  parts: Parts,
): JsonObject {
  const channel = parts.workspace.channels.get(message.channel);
  return {
    ...interaction('message_action', user, parts),
    callback_id: callbackId,
    trigger_id: parts.triggers.issue(user),
    action_ts: parts.clock.nextTs(),
    message_ts: message.ts,
    channel: { id: message.channel, name: channel?.name ?? '' },
    message: messageOnWire(message, parts.workspace),
    response_url: responseUrl,
  };
}

export function homeOpenedPayload(user: string, parts: Parts): JsonObject {
  const { workspace, clock } = parts;
  const view = workspace.homes.get(user);
  return {
    token: TOKEN,
    team_id: workspace.teamId,
    api_app_id: workspace.appId,
    type: 'event_callback',
    event_id: clock.nextId('Ev'),
    event_time: Math.floor(clock.nowMs() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: workspace.teamId,
        user_id: workspace.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event: {
      type: 'app_home_opened',
      user,
      channel: workspace.directChannel(user).id,
      tab: 'home',
      event_ts: clock.nextTs(),
      ...(view === undefined ? {} : { view: viewOnWire(view, workspace) }),
    },
  };
}
