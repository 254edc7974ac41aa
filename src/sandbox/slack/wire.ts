// Messages, views and people in the form in which Slack sends them.
import type { JsonObject } from './json.ts';
import type { Message, View } from './records.ts';
import type { Workspace } from './workspace.ts';

/** `version` picks an older state of the message, as a client shows it that has not caught up. */
export function messageOnWire(message: Message, workspace: Workspace, version?: number): JsonObject {
  const shown = version === undefined ? message : message.versions[version];
  if (!shown) throw new Error(`message ${message.ts} has no version ${version}`);
  const edited = message.editedTs !== undefined && version !== 0;
  return {
    type: 'message',
    user: message.user,
    ...(message.user === workspace.botUserId ? { bot_id: workspace.botId, app_id: workspace.appId } : {}),
    team: workspace.teamId,
    ts: message.ts,
    text: shown.text,
    blocks: shown.blocks,
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(edited ? { edited: { user: message.user, ts: message.editedTs } } : {}),
  };
}

export function viewOnWire(view: View, workspace: Workspace, values: JsonObject = {}): JsonObject {
  return {
    private_metadata: '',
    callback_id: '',
    external_id: '',
    close: null,
    submit: null,
    clear_on_close: false,
    notify_on_close: false,
    ...view.body,
    id: view.id,
    team_id: workspace.teamId,
    app_id: workspace.appId,
    app_installed_team_id: workspace.teamId,
    bot_id: workspace.botId,
    root_view_id: view.rootViewId,
    previous_view_id: view.previousViewId ?? null,
    hash: view.hash,
    state: { values },
  };
}

export function userOnWire(id: string, workspace: Workspace): JsonObject {
  const name = workspace.users.get(id)?.name ?? id;
  return { id, username: name, name, team_id: workspace.teamId };
}

export function teamOnWire(workspace: Workspace): JsonObject {
  return { id: workspace.teamId, domain: workspace.teamDomain };
}
