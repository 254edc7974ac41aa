// The records of the fake's workspace: what a message, a view or a file is made of.
import type { JsonObject } from './json.ts';

export interface User {
  readonly id: string;
  readonly name: string;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly members: Set<string>;
  hasBot: boolean;
  isArchived: boolean;
  isPrivate: boolean;
}

export interface UserGroup {
  readonly id: string;
  readonly handle: string;
  users: string[];
}

export interface MessageVersion {
  readonly text: string;
  readonly blocks: readonly JsonObject[];
  readonly atMs: number;
}

export interface Message {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly threadTs: string | undefined;
  readonly metadata: unknown;
  readonly files: readonly string[];
  text: string;
  blocks: readonly JsonObject[];
  editedTs: string | undefined;
  isDeleted: boolean;
  /** Every version, oldest first; the last one is what people see. */
  readonly versions: MessageVersion[];
}

export interface Ephemeral {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly threadTs: string | undefined;
  /** `slack` for what Slack itself tells a person, such as a command that was not answered in time. */
  readonly from: 'app' | 'slack';
  readonly text: string;
  readonly blocks: readonly JsonObject[];
  isDeleted: boolean;
}

export interface View {
  readonly id: string;
  readonly user: string;
  readonly rootViewId: string;
  readonly previousViewId: string | undefined;
  hash: string;
  body: JsonObject;
  state: 'open' | 'submitted' | 'closed';
  /** What the app answered to a submission, by block_id. */
  errors: { readonly [blockId: string]: string };
}

export interface UploadedFile {
  readonly id: string;
  readonly name: string;
  readonly length: number;
  title: string;
  content: Buffer | undefined;
  channel: string | undefined;
  threadTs: string | undefined;
}

export type Change =
  | { kind: 'message-posted' | 'message-edited' | 'message-deleted'; message: Message }
  | { kind: 'ephemeral-shown' | 'ephemeral-removed'; ephemeral: Ephemeral }
  | { kind: 'view-opened' | 'view-updated' | 'view-closed'; view: View }
  | { kind: 'home-published'; view: View }
  | { kind: 'file-shared'; file: UploadedFile };

export interface WorkspaceShape {
  readonly teamId?: string;
  readonly teamDomain?: string;
  readonly users?: readonly User[];
  readonly channels?: readonly ChannelShape[];
  readonly userGroups?: readonly UserGroup[];
}

export interface ChannelShape {
  readonly id: string;
  readonly name: string;
  /** Default: everybody. */
  readonly members?: readonly string[];
  /** Default: true. */
  readonly hasBot?: boolean;
  readonly isArchived?: boolean;
  readonly isPrivate?: boolean;
}
