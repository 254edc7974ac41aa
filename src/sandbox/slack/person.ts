// One person at their Slack client: what they type, click and submit, and what they may not do there.

import type { Ack, Envelope } from './delivery.ts';
import type { Dispatcher } from './dispatcher.ts';
import { actionOf, findElement } from './find-element.ts';
import { type Entries, stateOf } from './form-state.ts';
import { isObject, type JsonObject, objectsOf } from './json.ts';
import type { Parts } from './parts.ts';
import {
  type ActionPlace,
  actionPayload,
  closedPayload,
  commandPayload,
  homeOpenedPayload,
  messageShortcutPayload,
  shortcutPayload,
  submissionPayload,
  suggestionPayload,
} from './payloads.ts';
import type { Channel, Ephemeral, Message, View } from './records.ts';
import type { ResponsePlace, ResponseUrls } from './response-urls.ts';
import { applySubmission } from './submission.ts';

/** What came of it by the time the app had acknowledged; later answers are seen in the workspace. */
export interface Done {
  readonly ack: Ack;
  /** Shown to this person between the act and the acknowledgement. */
  readonly ephemerals: readonly Ephemeral[];
  /** What was sent, for `redeliver`; undefined when Slack itself refused. */
  readonly envelope: Envelope | undefined;
}

export interface ClickOptions {
  /** Click an older state of the message (0 is the first), as a client does that has not caught up. */
  readonly version?: number;
  /** Where two blocks have the same action_id. */
  readonly blockId?: string;
  /** The value chosen, for menus. */
  readonly choice?: string;
}

export type MessageTarget = string | Message | ((message: Message) => boolean);

export class Person {
  readonly id: string;
  readonly #parts: Parts;
  readonly #dispatcher: Dispatcher;
  readonly #responses: ResponseUrls;
  readonly #commands: readonly string[];

  constructor(
    id: string,
    parts: Parts,
    dispatcher: Dispatcher,
    responses: ResponseUrls,
    commands: readonly string[],
  ) {
    if (!parts.workspace.users.has(id)) throw new Error(`there is no user ${id}`);
    this.id = id;
    this.#parts = parts;
    this.#dispatcher = dispatcher;
    this.#responses = responses;
    this.#commands = commands;
  }

  /** Types a line such as `/redis migrate a b`. */
  async command(channelId: string, line: string, options: { threadTs?: string } = {}): Promise<Done> {
    const channel = this.#channelOf(channelId);
    const [command = '', ...words] = line.trim().split(' ');
    if (!this.#commands.includes(command)) return this.#refuse(channel, `${command} is not a valid command.`);
    if (options.threadTs !== undefined) {
      return this.#refuse(channel, `${command} is not supported in threads. Sorry!`, options.threadTs);
    }
    const typed = { line: line.trim(), isPublic: false };
    const place: ResponsePlace = { channel: channelId, user: this.id, typed };
    const responseUrl = this.#responses.issue(place);
    const order = { user: this.id, channel, command, text: words.join(' '), responseUrl };
    const payload = commandPayload(order, this.#parts);
    return this.#act({ type: 'slash_commands', payload, acceptsResponse: true }, (ack) => {
      const error = failureOf(ack) ?? this.#showAck(ack.body, place);
      if (error !== undefined) this.#showFailure(channelId, command, error);
    });
  }

  /** Writes an ordinary message; the app is not told of it. */
  say(channelId: string, text: string, options: { threadTs?: string } = {}): Message {
    const channel = this.#channelOf(channelId);
    const { threadTs } = options;
    return this.#parts.workspace.post({ channel: channel.id, user: this.id, text, blocks: [], threadTs });
  }

  /** Clicks a button, or chooses in a menu, of a message. Throws when it is not there. */
  async click(target: MessageTarget, actionId: string, options: ClickOptions = {}): Promise<Done> {
    const message = this.#messageOf(target);
    this.#channelOf(message.channel);
    const { version, blockId, choice } = options;
    const shown = version === undefined ? message : message.versions[version];
    if (!shown || (message.isDeleted && version === undefined)) {
      throw new Error(`message ${message.ts} is gone, or has no version ${version}`);
    }
    const found = findElement(shown.blocks, actionId, `message ${message.ts}`, blockId);
    const place: ActionPlace = { kind: 'message', message, ...(version === undefined ? {} : { version }) };
    const responseUrl = this.#responses.issue({
      channel: message.channel,
      user: this.id,
      original: { message },
    });
    return this.#click(place, actionOf(found, choice), responseUrl, message.channel);
  }

  /** Clicks in a message that only this person sees. */
  async clickEphemeral(ephemeral: Ephemeral, actionId: string, options: ClickOptions = {}): Promise<Done> {
    if (ephemeral.user !== this.id) throw new Error(`${this.id} does not see ${ephemeral.ts}`);
    const found = findElement(ephemeral.blocks, actionId, `ephemeral ${ephemeral.ts}`, options.blockId);
    const responseUrl = this.#responses.issue({
      channel: ephemeral.channel,
      user: this.id,
      original: { ephemeral },
    });
    const place: ActionPlace = { kind: 'ephemeral', ephemeral };
    return this.#click(place, actionOf(found, options.choice), responseUrl, ephemeral.channel);
  }

  /** Clicks inside an open modal or the home tab. */
  async clickView(view: View, actionId: string, options: ClickOptions = {}): Promise<Done> {
    const blocks = objectsOf(view.body['blocks']);
    const found = findElement(blocks, actionId, `view ${view.id}`, options.blockId);
    const channel = this.#parts.workspace.directChannel(this.id).id;
    return this.#click({ kind: 'view', view }, actionOf(found, options.choice), undefined, channel);
  }

  /** The modal on top for this person, if any. */
  modal(): View | undefined {
    const open = [...this.#parts.workspace.views.values()].filter(
      (view) => view.user === this.id && view.state === 'open',
    );
    return open.at(-1);
  }

  home(): View | undefined {
    return this.#parts.workspace.homes.get(this.id);
  }

  /** Fills in and submits the modal on top. Errors of the app are in the view; it then stays open. */
  async submitView(entries: Entries = {}, view: View | undefined = this.modal()): Promise<Done> {
    if (view?.state !== 'open') throw new Error(`${this.id} has no open modal`);
    const payload = submissionPayload(this.id, view, stateOf(view.body, entries), this.#parts);
    return this.#act({ type: 'interactive', payload, acceptsResponse: true }, (ack) => {
      if (ack.status === 'acked') applySubmission(view, ack.body, this.#parts);
    });
  }

  /** Closes the modal on top; the app hears of it only when the view asked for that. */
  async closeView(view: View | undefined = this.modal()): Promise<Done | undefined> {
    if (view?.state !== 'open') throw new Error(`${this.id} has no open modal`);
    view.state = 'closed';
    this.#parts.workspace.changed({ kind: 'view-closed', view });
    if (view.body['notify_on_close'] !== true) return undefined;
    const payload = closedPayload(this.id, view, this.#parts);
    return this.#act({ type: 'interactive', payload, acceptsResponse: false });
  }

  /** What an external select of the modal offers for a query. */
  async suggest(
    actionId: string,
    query: string,
    view: View | undefined = this.modal(),
  ): Promise<JsonObject[]> {
    if (!view) throw new Error(`${this.id} has no open modal`);
    const found = findElement(objectsOf(view.body['blocks']), actionId, `view ${view.id}`);
    const asked = { actionId, blockId: found.blockId, query };
    const payload = suggestionPayload(this.id, view, asked, this.#parts);
    const { ack } = await this.#act({ type: 'interactive', payload, acceptsResponse: true });
    return isObject(ack.body) ? objectsOf(ack.body['options']) : [];
  }

  async openHome(): Promise<Done> {
    const payload = homeOpenedPayload(this.id, this.#parts);
    return this.#act({ type: 'events_api', payload, acceptsResponse: false });
  }

  /** A global shortcut, or one on a message. */
  async shortcut(callbackId: string, target?: MessageTarget): Promise<Done> {
    const acceptsResponse = false;
    if (target === undefined) {
      const payload = shortcutPayload(this.id, callbackId, this.#parts);
      return this.#act({ type: 'interactive', payload, acceptsResponse });
    }
    const message = this.#messageOf(target);
    const url = this.#responses.issue({ channel: message.channel, user: this.id });
    const payload = messageShortcutPayload(this.id, callbackId, message, url, this.#parts);
    return this.#act({ type: 'interactive', payload, acceptsResponse });
  }

  async #click(
    place: ActionPlace,
    action: JsonObject,
    responseUrl: string | undefined,
    channel: string,
  ): Promise<Done> {
    const payload = actionPayload(this.id, place, action, responseUrl, this.#parts);
    return this.#act({ type: 'interactive', payload, acceptsResponse: false }, (ack) => {
      const error = failureOf(ack);
      if (error !== undefined) this.#showFailure(channel, 'This app', error);
    });
  }

  async #act(envelope: Envelope, afterAck: (ack: Ack) => void = () => {}): Promise<Done> {
    const before = this.#parts.workspace.ephemerals.length;
    const ack = await this.#dispatcher.send(envelope);
    afterAck(ack);
    const since = this.#parts.workspace.ephemerals.slice(before);
    return { ack, ephemerals: since.filter((ephemeral) => ephemeral.user === this.id), envelope };
  }

  #showAck(body: unknown, place: ResponsePlace): string | undefined {
    if (typeof body === 'string') return this.#responses.showAck({ text: body }, place);
    return isObject(body) ? this.#responses.showAck(body, place) : undefined;
  }

  #showFailure(channel: string, subject: string, error: string): void {
    const text = `${subject} failed with the error "${error}"`;
    this.#parts.workspace.show({ channel, user: this.id, text, from: 'slack' });
  }

  #refuse(channel: Channel, text: string, threadTs?: string): Done {
    const draft = { channel: channel.id, user: this.id, text, threadTs, from: 'slack' as const };
    const shown = this.#parts.workspace.show(draft);
    const ack: Ack = { status: 'refused', body: undefined, tookMs: 0 };
    return { ack, ephemerals: [shown], envelope: undefined };
  }

  #channelOf(id: string): Channel {
    const channel = this.#parts.workspace.channels.get(id);
    if (!channel?.members.has(this.id)) throw new Error(`${this.id} is not in a channel ${id}`);
    return channel;
  }

  #messageOf(target: MessageTarget): Message {
    if (typeof target === 'object') return target;
    const all = [...this.#parts.workspace.messages.values()];
    const found =
      typeof target === 'string'
        ? this.#parts.workspace.messages.get(target)
        : all.findLast((message) => !message.isDeleted && target(message));
    if (found) return found;
    throw new Error(typeof target === 'string' ? `there is no message ${target}` : 'no message matches');
  }
}

/** What Slack calls it when an app did not acknowledge. */
function failureOf(ack: Ack): string | undefined {
  if (ack.status === 'acked') return undefined;
  return ack.status === 'timeout' ? 'operation_timeout' : 'dispatch_failed';
}
