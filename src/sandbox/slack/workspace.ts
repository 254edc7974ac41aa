// What the fake's workspace holds: people, channels, messages with every version they ever had, ephemerals,
// views and files. It stores what it is told; whether Slack would allow it is decided by the callers.
import type { Clock } from './clock.ts';
import type { JsonObject } from './json.ts';
import type {
  Change,
  Channel,
  ChannelShape,
  Ephemeral,
  Message,
  UploadedFile,
  User,
  UserGroup,
  View,
  WorkspaceShape,
} from './records.ts';

const DEFAULT_USERS: readonly User[] = [
  { id: 'U0ANA', name: 'ana' },
  { id: 'U0BEN', name: 'ben' },
  { id: 'U0CAT', name: 'cat' },
];
const DEFAULT_CHANNELS: readonly ChannelShape[] = [
  { id: 'C0OPS', name: 'ops' },
  { id: 'C0OTHER', name: 'other', hasBot: false },
];

export class Workspace {
  readonly teamId: string;
  readonly teamDomain: string;
  readonly appId = 'A0FERRY';
  readonly botId = 'B0FERRY';
  readonly botUserId = 'U0FERRYBOT';
  readonly users = new Map<string, User>();
  readonly channels = new Map<string, Channel>();
  readonly userGroups = new Map<string, UserGroup>();
  readonly messages = new Map<string, Message>();
  readonly ephemerals: Ephemeral[] = [];
  readonly views = new Map<string, View>();
  readonly homes = new Map<string, View>();
  readonly files = new Map<string, UploadedFile>();
  readonly #clock: Clock;
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(shape: WorkspaceShape, clock: Clock) {
    this.#clock = clock;
    this.teamId = shape.teamId ?? 'T0FERRY';
    this.teamDomain = shape.teamDomain ?? 'ferry';
    for (const user of shape.users ?? DEFAULT_USERS) this.users.set(user.id, user);
    for (const group of shape.userGroups ?? []) {
      this.userGroups.set(group.id, { ...group, users: [...group.users] });
    }
    for (const channel of shape.channels ?? DEFAULT_CHANNELS) this.addChannel(channel);
  }

  addChannel(shape: ChannelShape): Channel {
    const channel: Channel = {
      id: shape.id,
      name: shape.name,
      members: new Set(shape.members ?? this.users.keys()),
      hasBot: shape.hasBot ?? true,
      isArchived: shape.isArchived ?? false,
      isPrivate: shape.isPrivate ?? false,
    };
    this.channels.set(channel.id, channel);
    return channel;
  }

  /** The direct conversation of the app with a person; Slack opens it when a message goes to a user's id. */
  directChannel(user: string): Channel {
    const id = `D${user.slice(1)}`;
    return (
      this.channels.get(id) ??
      this.addChannel({ id, name: 'directmessage', members: [user], isPrivate: true })
    );
  }

  /** Returns the function that ends the listening. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Posts as the app unless a user is given. */
  post(draft: {
    channel: string;
    user?: string;
    text: string;
    blocks: readonly JsonObject[];
    threadTs?: string | undefined;
    metadata?: unknown;
    files?: readonly string[];
  }): Message {
    const message: Message = {
      ts: this.#clock.nextTs(),
      channel: draft.channel,
      user: draft.user ?? this.botUserId,
      threadTs: draft.threadTs,
      metadata: draft.metadata,
      files: draft.files ?? [],
      text: draft.text,
      blocks: draft.blocks,
      editedTs: undefined,
      isDeleted: false,
      versions: [{ text: draft.text, blocks: draft.blocks, atMs: this.#clock.nowMs() }],
    };
    this.messages.set(message.ts, message);
    this.changed({ kind: 'message-posted', message });
    return message;
  }

  edit(message: Message, text: string, blocks: readonly JsonObject[]): void {
    message.text = text;
    message.blocks = blocks;
    message.editedTs = this.#clock.nextTs();
    message.versions.push({ text, blocks, atMs: this.#clock.nowMs() });
    this.changed({ kind: 'message-edited', message });
  }

  delete(message: Message): void {
    message.isDeleted = true;
    this.changed({ kind: 'message-deleted', message });
  }

  show(draft: {
    channel: string;
    user: string;
    text: string;
    blocks?: readonly JsonObject[];
    threadTs?: string | undefined;
    from?: 'app' | 'slack';
  }): Ephemeral {
    const ephemeral: Ephemeral = {
      ts: this.#clock.nextTs(),
      channel: draft.channel,
      user: draft.user,
      threadTs: draft.threadTs,
      from: draft.from ?? 'app',
      text: draft.text,
      blocks: draft.blocks ?? [],
      isDeleted: false,
    };
    this.ephemerals.push(ephemeral);
    this.changed({ kind: 'ephemeral-shown', ephemeral });
    return ephemeral;
  }

  removeEphemeral(ephemeral: Ephemeral): void {
    ephemeral.isDeleted = true;
    this.changed({ kind: 'ephemeral-removed', ephemeral });
  }

  /** The messages of a channel outside threads, oldest first, without deleted ones. */
  topLevel(channel: string): Message[] {
    return this.#living((message) => message.channel === channel && message.threadTs === undefined);
  }

  /** The replies under a message, oldest first, without the message itself. */
  replies(channel: string, threadTs: string): Message[] {
    return this.#living((message) => message.channel === channel && message.threadTs === threadTs);
  }

  #living(wanted: (message: Message) => boolean): Message[] {
    return [...this.messages.values()].filter((message) => !message.isDeleted && wanted(message));
  }
}
