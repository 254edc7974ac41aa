// What the page is told, as it happens: messages, what only one person sees, open modals, home tabs, figures.
// One Server-Sent Events stream a browser; a browser that comes back gets everything again.

import type { ServerResponse } from 'node:http';
import type { Change, Ephemeral, Message } from '../slack/records.ts';
import { CHANNEL, PEOPLE, SOURCE_NAME, TARGET_NAME, type World } from '../world.ts';

export class Feed {
  readonly #world: World;
  readonly #browsers = new Set<ServerResponse>();
  /** Figures by the name of their event; a new browser gets the last ones. */
  readonly #latest = new Map<string, unknown>();
  readonly #stopListening: () => void;

  constructor(world: World) {
    this.#world = world;
    this.#stopListening = world.slack.onChange((change) => this.#changed(change));
  }

  connect(response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      connection: 'keep-alive',
    });
    const { workspace } = this.#world.slack;
    write(response, 'hello', {
      people: PEOPLE,
      bot: workspace.botUserId,
      channel: CHANNEL,
      channels: [...workspace.channels.values()].map(({ id, name }) => ({ id, name })),
      groups: [...workspace.userGroups.values()].map(({ id, handle }) => ({ id, handle })),
      instances: [SOURCE_NAME, TARGET_NAME],
    });
    for (const message of workspace.messages.values()) {
      write(response, 'message', this.#shownMessage(message));
    }
    for (const each of workspace.ephemerals) write(response, 'ephemeral', shownEphemeral(each));
    for (const { id } of PEOPLE) {
      write(response, 'view', this.#openView(id));
      write(response, 'home', this.#home(id));
    }
    for (const [event, data] of this.#latest) write(response, event, data);
    this.#browsers.add(response);
    response.on('close', () => this.#browsers.delete(response));
  }

  /** Figures that replace those of the same event. */
  show(event: 'servers' | 'load' | 'troubles', data: unknown): void {
    this.#latest.set(event, data);
    this.#tell(event, data);
  }

  close(): void {
    this.#stopListening();
    for (const browser of this.#browsers) browser.end();
  }

  #changed(change: Change): void {
    if ('message' in change) this.#tell('message', this.#shownMessage(change.message));
    else if ('ephemeral' in change) this.#tell('ephemeral', shownEphemeral(change.ephemeral));
    else if (change.kind === 'home-published') this.#tell('home', this.#home(change.view.user));
    else if ('view' in change) this.#tell('view', this.#openView(change.view.user));
  }

  #openView(user: string): object {
    const view = this.#world.slack.as(user).modal();
    return { user, view: view === undefined ? null : { id: view.id, body: view.body, errors: view.errors } };
  }

  #home(user: string): object {
    return { user, blocks: this.#world.slack.as(user).home()?.body['blocks'] ?? null };
  }

  #shownMessage(message: Message): object {
    const { ts, channel, user, threadTs, text, blocks, isDeleted, versions } = message;
    const titleOf = (id: string): string => this.#world.slack.workspace.files.get(id)?.title ?? id;
    const files = message.files.map((id) => ({ id, title: titleOf(id) }));
    const isEdited = message.editedTs !== undefined;
    const version = versions.length - 1;
    return { ts, channel, user, threadTs, text, blocks, files, isEdited, isDeleted, version };
  }

  #tell(event: string, data: unknown): void {
    for (const browser of this.#browsers) write(browser, event, data);
  }
}

function shownEphemeral(ephemeral: Ephemeral): object {
  const { ts, channel, user, threadTs, from, text, blocks, isDeleted } = ephemeral;
  return { ts, channel, user, threadTs, from, text, blocks, isDeleted };
}

function write(response: ServerResponse, event: string, data: unknown): void {
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
