// The fake Slack as tests and the sandbox hold it: people to act as, what they see, what the app did, faults.
import type { Ack, Envelope } from './delivery.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Credentials, Parts } from './parts.ts';
import { type Done, Person } from './person.ts';
import { type Limit, limitsOf } from './rate-limits.ts';
import type { Change, ChannelShape, Ephemeral, Message } from './records.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { SlackServer } from './server.ts';
import type { SocketMode } from './socket-mode.ts';
import type { Call, WebApi } from './web-api.ts';
import type { Workspace } from './workspace.ts';

export class FakeSlack {
  /** `http://127.0.0.1:port/api/`, for `slackApiUrl`. */
  readonly apiUrl: string;
  readonly credentials: Credentials;
  readonly workspace: Workspace;
  readonly #parts: Parts;
  readonly #server: SlackServer;
  readonly #sockets: SocketMode | undefined;
  readonly #api: WebApi;
  readonly #dispatcher: Dispatcher;
  readonly #responses: ResponseUrls;
  readonly #commands: readonly string[];
  readonly #setEventsUrl: (url: string) => void;

  constructor(made: {
    parts: Parts;
    server: SlackServer;
    sockets: SocketMode | undefined;
    api: WebApi;
    dispatcher: Dispatcher;
    responses: ResponseUrls;
    commands: readonly string[];
    setEventsUrl: (url: string) => void;
  }) {
    this.apiUrl = `${made.parts.baseUrl}/api/`;
    this.credentials = made.parts.credentials;
    this.workspace = made.parts.workspace;
    this.#parts = made.parts;
    this.#server = made.server;
    this.#sockets = made.sockets;
    this.#api = made.api;
    this.#dispatcher = made.dispatcher;
    this.#responses = made.responses;
    this.#commands = made.commands;
    this.#setEventsUrl = made.setEventsUrl;
  }

  // ---- people and what they see

  as(userId: string): Person {
    return new Person(userId, this.#parts, this.#dispatcher, this.#responses, this.#commands);
  }

  get users(): readonly { readonly id: string; readonly name: string }[] {
    return [...this.workspace.users.values()];
  }

  /** The messages of a channel outside threads, oldest first. */
  messages(channel: string): Message[] {
    return this.workspace.topLevel(channel);
  }

  /** The replies under a message, oldest first, without the message itself. */
  thread(channel: string, ts: string): Message[] {
    return this.workspace.replies(channel, ts);
  }

  /** What only this person sees, oldest first, without what was removed. */
  ephemerals(user: string): Ephemeral[] {
    return this.workspace.ephemerals.filter((entry) => entry.user === user && !entry.isDeleted);
  }

  /** Returns the function that ends the listening. */
  onChange(listener: (change: Change) => void): () => void {
    return this.workspace.onChange(listener);
  }

  // ---- the workspace

  addChannel(shape: ChannelShape): void {
    this.workspace.addChannel(shape);
  }

  /** Archives a channel, or takes the bot out of it. */
  setChannel(id: string, change: { hasBot?: boolean; isArchived?: boolean }): void {
    const channel = this.workspace.channels.get(id);
    if (!channel) throw new Error(`there is no channel ${id}`);
    Object.assign(channel, change);
  }

  setUserGroup(id: string, users: readonly string[], handle = id): void {
    this.workspace.userGroups.set(id, { id, handle, users: [...users] });
  }

  setRichBlocks(hasRichBlocks: boolean): void {
    this.#parts.hasRichBlocks = hasRichBlocks;
  }

  setRateLimits(limits: boolean | { readonly [method: string]: Limit }): void {
    this.#parts.limits.set(limitsOf(limits));
  }

  setEventsUrl(url: string): void {
    this.#setEventsUrl(url);
  }

  // ---- what the app did

  /** Every call of the Web API, or of one method, oldest first. */
  calls(method?: string): Call[] {
    return this.#api.calls.filter((call) => method === undefined || call.method === method);
  }

  /** Every envelope that was sent to the app, repetitions included. */
  get sent(): readonly Envelope[] {
    return this.#dispatcher.sent;
  }

  /** Open Socket Mode connections. */
  get connections(): number {
    return this.#sockets?.connections ?? 0;
  }

  // ---- faults; `*` stands for every method

  refuse(method: string, error: string, times = 1, fields: { readonly [name: string]: unknown } = {}): void {
    this.#parts.faults.plan(method, { kind: 'refuse', error, fields }, times);
  }

  /** The call is done, but late. */
  hang(method: string, ms: number, times = 1): void {
    this.#parts.faults.plan(method, { kind: 'hang', ms }, times);
  }

  /** Cuts the connection before the work, or after it: the lost reply. */
  reset(method: string, when: 'before' | 'after', times = 1): void {
    this.#parts.faults.plan(method, { kind: 'reset', when }, times);
  }

  status(method: string, status: number, times = 1): void {
    this.#parts.faults.plan(method, { kind: 'status', status }, times);
  }

  /** Answers 429 with Retry-After. */
  limit(method: string, retryAfterSeconds: number, times = 1): void {
    this.#parts.faults.plan(method, { kind: 'limit', retryAfterSeconds }, times);
  }

  clearFaults(): void {
    this.#parts.faults.clear();
  }

  /** Slack is gone for so long, or until `comeBack`: connections are cut, requests refused or left hanging. */
  away(ms = Number.POSITIVE_INFINITY, how: 'refusing' | 'hanging' = 'refusing'): void {
    this.#parts.faults.goAway(how, ms, () => this.#server.releaseHeld());
    this.#server.cutAll();
  }

  get isAway(): boolean {
    return this.#parts.faults.away !== 'no';
  }

  comeBack(): void {
    this.#parts.faults.comeBack();
    this.#server.releaseHeld();
  }

  /** Every Socket Mode connection is told to make way for a new one. */
  refreshSockets(): void {
    this.#sockets?.refresh();
  }

  /** Every Socket Mode connection breaks without a word. */
  cutSockets(): void {
    this.#sockets?.cut();
  }

  /** The next so many envelopes arrive twice, at the same time. */
  deliverTwice(times = 1): void {
    this.#dispatcher.repeatNext(times);
  }

  /** Sends again, unchanged, what was sent before. */
  async redeliver(done: Done): Promise<Ack> {
    if (!done.envelope) throw new Error('there is nothing to deliver again: Slack itself refused it');
    return this.#dispatcher.send(done.envelope);
  }

  /** Moves Slack's time forward: triggers, response_urls and rate limits age by as much. */
  skip(ms: number): void {
    this.#parts.clock.skip(ms);
  }

  async close(): Promise<void> {
    this.#parts.faults.comeBack();
    await this.#server.close();
  }
}
