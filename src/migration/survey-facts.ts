// What was read of both servers of a pair before anything changes: plain data, no judgement.
// null always means "could not be read" (I10). Never holds a password (I9).

import type { Address, Identity, Side } from './instance.ts';
import type { OldClient } from './progress.ts';

/** Everything that the checks need of one pair. */
export interface SurveyFacts {
  readonly source: SideFacts;
  readonly target: SideFacts;
  /** Can the target reach the source's replication address, as a replica would? */
  readonly targetReachesSource: Reach;
  /** The other direction: needed for the way back only. */
  readonly sourceReachesTarget: Reach;
  /** Is FERRY_SECRET set, of which a fence by password is made? */
  readonly secretAvailable: boolean;
  readonly logins: LoginFacts;
}

/** Who may log in, compared. Ferry's own users are left out, unless that is `default`. */
export interface LoginFacts {
  /** Sides that did not tell all of their users; of these at most `default` is below. */
  readonly unread: readonly Side[];
  readonly users: readonly ComparedUser[];
}

export interface ComparedUser {
  readonly name: string;
  readonly source: LoginState;
  readonly target: LoginState;
  /** Does the target take every password that the source takes? true where that has none. */
  readonly takesAllPasswords: boolean;
  /** Rules that are not the same. */
  readonly differs: readonly ('keys' | 'channels' | 'commands')[];
  /** false: the two versions put them in different words. */
  readonly commandsCompared: boolean;
}

/** `open`: without a password, or with any. `closed`: off, or no password at all. */
export type LoginState = 'absent' | 'closed' | 'open' | 'password';

/** An unreachable server is a fact, not an error. */
export type SideFacts =
  | ({ readonly kind: 'read' } & ServerFacts)
  | { readonly kind: 'unreachable'; readonly why: UnreachableWhy; readonly detail: string };

/**
 * `permission`: logged in, but INFO is not allowed. `renamed`: there is no INFO by that name.
 * `secret`: the password's reference cannot be resolved.
 */
export type UnreachableWhy =
  | 'refused'
  | 'timeout'
  | 'name'
  | 'auth'
  | 'secret'
  | 'tls'
  | 'permission'
  | 'renamed'
  | 'loading'
  | 'other';

export interface ServerFacts {
  readonly identity: Identity;
  readonly mode: 'standalone' | 'cluster' | 'sentinel';
  readonly role: RoleFacts;
  /** `master_replid`: two servers with the same one share their history. */
  readonly replId: string;
  readonly uptimeSeconds: number;
  /** The path of the server's config file; empty: it was started without one. */
  readonly configFile: string | null;

  readonly usedMemoryBytes: number;
  /** What the machine has given it: a fork copies the table of these pages. */
  readonly residentBytes: number | null;
  /** 0: no limit. */
  readonly maxMemoryBytes: number | null;
  readonly systemMemoryBytes: number | null;
  readonly keysByDb: Readonly<Record<string, number>>;
  /** Keys with fields that expire (Valkey 9 counts them); null: the server does not tell. */
  readonly keysWithExpiringFields: number | null;
  readonly evictedKeys: number | null;
  /** Keys evicted between two readings of this survey, at least 100 ms apart. */
  readonly evictedDuringSurvey: number | null;
  /** Errors that streams from other servers got from it since it started; null: not counted (before 6.0). */
  readonly refusedOfStream: number | null;

  /** Connections of all kinds but replicas, Ferry's own among them. */
  readonly connectedClients: number | null;
  /** Those of them that wait in a command such as BLPOP. */
  readonly blockedClients: number | null;
  /** Lua scripts in its cache; null: not told, as before 5.0. */
  readonly cachedScripts: number | null;

  readonly opsPerSecond: number;
  /** All that clients send: an upper bound of what the replication stream will carry. */
  readonly inputBytesPerSecond: number | null;
  /** Writes a second between two readings of this survey; null: not told, or it saved in between. */
  readonly changesPerSecond: number | null;
  /** 0: it has not forked yet. */
  readonly latestForkUs: number | null;
  /** What its last snapshot copied of pages that changed meanwhile; 0: no snapshot yet (4.0 and newer tell). */
  readonly lastCopyOnWriteBytes: number | null;
  readonly lastSaveOk: boolean | null;

  readonly settings: Readonly<Record<SettingName, string | null>>;
  readonly replicationAuth: ReplicationAuth;
  /** Names as in ACL rules: `client|pause`. */
  readonly permissions: Readonly<Record<string, Permission>>;
  /** The user that Ferry is logged in as. */
  readonly user: string | null;

  /** Names of loaded modules. */
  readonly modules: readonly string[] | null;
  /** Those of them whose commands were run since the server started; null: the server does not tell. */
  readonly usedModules: readonly string[] | null;
  /** Names of function libraries; empty where the version has no functions. */
  readonly functionLibraries: readonly string[] | null;
  readonly clients: ClientsFacts;
  readonly replicas: readonly Address[];
  /** Sentinels that subscribe to this server; null: not known. */
  readonly sentinels: number | null;

  /** Is it the Redis that Ferry keeps its records in? (I6) */
  readonly ferrysOwn: boolean | null;
  readonly lock: LockFacts;
  readonly replicationAddress: AddressFacts;
  /** The server's clock minus Ferry's at the same moment, ms. */
  readonly clockAheadMs: number | null;
}

export type RoleFacts =
  | { readonly kind: 'primary' }
  | { readonly kind: 'replica'; readonly of: Address; readonly linkUp: boolean };

/**
 * Settings that are read, each by its own CONFIG GET, in the words of today's servers; empty: the server has no such
 * setting. No secrets among them.
 */
export const SETTING_NAMES = [
  'appendonly',
  'client-output-buffer-limit',
  'databases',
  'maxclients',
  'maxmemory-policy',
  'min-replicas-to-write',
  'notify-keyspace-events',
  'repl-backlog-size',
  'repl-diskless-sync',
  'repl-diskless-sync-delay',
  'repl-timeout',
  'replica-read-only',
  'replica-serve-stale-data',
  'save',
  'tls-ca-cert-dir',
  'tls-ca-cert-file',
  'tls-cert-file',
  'tls-replication',
] as const;

export type SettingName = (typeof SETTING_NAMES)[number];

/** What the server would log in with at the primary that it is told to follow. */
export interface ReplicationAuth {
  readonly password: AuthValue;
  readonly user: AuthValue;
  /** Can it send the password that it needs as it stands? false: an older version, and spaces or quotes in it. */
  readonly isSendable: boolean;
}

/**
 * `needed`: what the inventory has for the other server of the pair, also where both are empty.
 * `own`: what the inventory has for this server. `foreign`: neither, so Ferry could not put it back.
 */
export type AuthValue = 'needed' | 'empty' | 'own' | 'foreign' | 'unknown';

/** `absent`: the server has no such command, as when it was renamed. */
export type Permission = 'allowed' | 'denied' | 'absent' | 'unknown';

/** Clients that are neither replicas nor Ferry. */
export type ClientsFacts =
  | {
      readonly kind: 'listed';
      readonly count: number;
      /** Of these, in pub/sub. */
      readonly subscribed: number;
      readonly groups: readonly OldClient[];
    }
  | { readonly kind: 'not-listed'; readonly connected: number; readonly why: string };

export type LockFacts =
  | { readonly kind: 'free' }
  /** `key`: `ferry:lock`, renewed while a migration goes on, or `ferry:guard`, which outlives its owner by a day. */
  | {
      readonly kind: 'held';
      readonly key: string;
      readonly by: string;
      readonly leftMs: number | null;
    }
  | { readonly kind: 'unknown'; readonly why: string };

/** Who answers at the replication address, seen from Ferry. */
export type AddressFacts =
  | { readonly kind: 'same' }
  | { readonly kind: 'other'; readonly runId: string }
  | { readonly kind: 'no-answer'; readonly detail: string };

/** Whether one server can connect to the other's replication address. */
export type Reach =
  /** The other server itself saw the attempt. */
  | { readonly kind: 'proven' }
  /** A Redis answered, but whether it is the right one could not be seen. */
  | { readonly kind: 'answered'; readonly why: string }
  /** A Redis answered, and the right one saw nothing of it. */
  | { readonly kind: 'other' }
  | { readonly kind: 'no-answer'; readonly detail: string }
  | { readonly kind: 'not-measured'; readonly why: string };
