// What the workflow asks of the outside. Adapters implement these; compose.ts joins them.
// Every method may reject with FerryError; expected answers are values.

import type { Announcement } from '../migration/announcement.ts';
import type { AuditEntry, Wish } from '../migration/events.ts';
import type { Address, Identity, Instance, Side } from '../migration/instance.ts';
import type { Migration, Pair } from '../migration/migration.ts';
import type { SettingValue } from '../migration/plan.ts';
import type { Hook, Hooks, Policy, VerificationLevel, VerificationPace } from '../migration/policy.ts';
import type { LiveFigures, OldClient, PairObservation, ServerObservation } from '../migration/progress.ts';
import type { FenceKind, Hold, Route } from '../migration/route.ts';
import type { SurveyFacts } from '../migration/survey-facts.ts';
import type { Task } from '../migration/task.ts';
import type { VerificationResult } from '../migration/verification.ts';
import type { LeftBehind } from './left-ports.ts';
import type { Dialling, DialOptions, FirstWord, SettingAside } from './sentry-ports.ts';

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

export interface Clock {
  /** UTC epoch ms of this process: for display only, not for comparing across processes. */
  now(): number;
  /** ms since some fixed instant, never steps. */
  monotonicMs(): number;
  /** Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Told before and after every act: each command that changes a server, each record write.
 * Production logs it at debug; tests kill or stop the process here (I8).
 */
export interface ActTrace {
  at(moment: 'before' | 'after', act: string, uid: string): void | Promise<void>;
}

// ---- configuration

export interface Inventory {
  names(): readonly string[];
  find(name: string): Instance | null;
  /** The policy of an instance's environment. */
  policyOf(instance: Instance): Policy;
  readonly hooks: Hooks;
}

/** Resolves `env:`, `file:` and `hold:` references. The value is never stored or logged (I9). */
export interface Secrets {
  resolve(ref: string): Promise<string>;
}

// ---- Ferry's own Redis: records, ownership, intents, outbox

export interface Records {
  /** Takes the locks by name and address and creates the record in one step; revision 1. */
  create(
    draft: NewMigration,
  ): Promise<{ kind: 'created'; migration: Migration } | { kind: 'locked'; by: LockHolder }>;
  load(uid: string): Promise<Versioned | null>;
  /** `m42` to uid. */
  uidOf(id: string): Promise<string | null>;
  /** uids of migrations that are not over. */
  active(): Promise<readonly string[]>;
  /** uids of the newest migrations first, over or not. */
  recent(limit: number): Promise<readonly string[]>;
  /** Who holds a lock on any of these keys (name, address or run id). */
  holderOf(instance: Instance, runId: string | null): Promise<LockHolder | null>;
  /** Locks the run ids found at *Start*. */
  lockRunIds(uid: string, runIds: readonly string[]): Promise<LockHolder | null>;
  /** Frees every lock of a migration that is over. */
  releaseLocks(uid: string): Promise<void>;

  /** A new epoch if no other owner's lease stands; null otherwise. */
  claim(uid: string, leaseMs: number): Promise<Claim | null>;
  /** false: the lease is somebody else's now. */
  renew(owner: Ownership, leaseMs: number): Promise<boolean>;
  release(owner: Ownership): Promise<void>;
  /**
   * Compare-and-set: `lost` unless epoch and revision are those given. Appends audit and announcements, sets when
   * the migration is due again, in the same step. `wishCursor`: the last wish folded into `next`; null: unchanged.
   * `onlyIfNoNewWish`: `wished`, and nothing saved, while a later wish waits (I4); false when left out.
   */
  save(
    owner: Ownership,
    revision: number,
    next: Migration,
    audit: readonly AuditEntry[],
    say: readonly Announcement[],
    dueInMs: number | null,
    wishCursor: string | null,
    onlyIfNoNewWish?: boolean,
  ): Promise<SaveAnswer>;
  /** Live figures for the card: overwritten, expiring. */
  publishLive(uid: string, live: LiveFigures): Promise<void>;
  live(uid: string): Promise<LiveFigures | null>;
  /**
   * Enlists a control connection of this owner, if the owner is still the owner (checked in the same step).
   * A successor ends every enlisted connection before it acts, so that a late process cannot (I8).
   */
  enlist(owner: Ownership, connection: EnlistedConnection): Promise<boolean>;
  /** Connections that earlier epochs enlisted. */
  enlistedBefore(owner: Ownership): Promise<readonly EnlistedConnection[]>;
  delist(owner: Ownership, connections: readonly EnlistedConnection[]): Promise<void>;

  /** Appends a person's wish, checked against round and digest of the record in the same step. */
  wish(uid: string, wish: Wish, at: number): Promise<WishAnswer>;
  /** Wishes not folded in yet, oldest first. */
  wishes(
    uid: string,
    after: string,
  ): Promise<readonly { readonly cursor: string; readonly wish: Wish; readonly at: number }[]>;
  audit(uid: string): Promise<readonly AuditEntry[]>;

  /** uids whose due time is past. */
  due(limit: number): Promise<readonly string[]>;
  setDue(uid: string, inMs: number): Promise<void>;
  /** Time of Ferry's Redis, epoch ms: the clock across processes. */
  time(): Promise<number>;
}

export interface NewMigration {
  readonly requestedBy: string;
  readonly requestedAt: number;
  readonly channel: string;
  readonly policy: Policy;
  readonly hooks: Hooks;
  readonly pairs: readonly Pair[];
  /** Onto a scratch server, and never promoted. */
  readonly rehearsal: boolean;
}

export interface Versioned {
  readonly revision: number;
  readonly migration: Migration;
  /** Cursor of the last wish folded into this record; '0' at first. */
  readonly wishCursor: string;
}

export interface Ownership {
  readonly uid: string;
  readonly epoch: number;
}

export interface Claim extends Ownership {
  /** The owner before did not hand over: its lease ran out. */
  readonly lapsed: boolean;
}

export interface LockHolder {
  readonly uid: string;
  readonly id: string;
  /** Which name, address or run id is taken. */
  readonly what: string;
  /** Not null: no migration, but this is being done to the server. */
  readonly task: Task | null;
}

export interface EnlistedConnection {
  /** The server's run id at that time. */
  readonly runId: string;
  readonly address: Address;
  /** CLIENT ID; null: the version has none (before 2.8.12), `peer` names the connection. */
  readonly clientId: number | null;
  /** `host:port` of Ferry's end as the server sees it; null: not needed. */
  readonly peer: string | null;
}

/** `lost`: not the owner any more, or the record moved on; `wished`: a wish came first. */
export type SaveAnswer = 'saved' | 'lost' | 'wished';

export type WishAnswer =
  | { readonly kind: 'accepted' }
  /** Round or digest moved on, or the phase cannot take it. */
  | { readonly kind: 'stale' }
  /** Somebody was faster with the same decision. */
  | { readonly kind: 'decided'; readonly by: string; readonly agoMs: number }
  /** The same person, the same decision. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'gone' };

// ---- the servers of a pair

/** What a failed or refused act means: `unknown` is settled by reading the roles, never by sending again. */
export type ActResult<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** Nothing happened: another owner changed the guard, or this is not the owner any more. */
  | { readonly kind: 'refused'; readonly why: string }
  /** The reply was lost; it may or may not have happened. */
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * One warm, enlisted, guarded connection to one server, for the acts of one owner. Every changing method
 * goes as WATCH ferry:guard; GET; MULTI; …; EXEC. It is never reconnected and never sends anything twice.
 */
export interface ControlConnection extends SettingAside, LeftBehind {
  readonly side: Side;
  readonly runId: string;
  /** Is it warm: connected, enlisted, the guard read as this owner's? */
  readonly armed: boolean;
  /** Observes the role and offset over this connection. */
  observe(timeoutMs: number): Promise<ServerObservation>;
  /** What this server, as a replica, has of a fence's proof. Cheap, for polling every millisecond. */
  reached(proof: FenceProof, timeoutMs: number): Promise<Reached>;
  /** Writes this owner's epoch into the guard; only on a writable server. */
  takeGuard(timeoutMs: number): Promise<ActResult<void>>;
  /** Watches the guard and reads it; false: it is not this owner's. */
  arm(timeoutMs: number): Promise<boolean>;
  /**
   * What a fence of this kind would change, read now, to be recorded before it is set (I3). `refused`: it could
   * not be put back exactly, with the reason (another password than the inventory's, too many connections).
   */
  planHold(kind: FenceKind, attempt: number, timeoutMs: number): Promise<ActResult<Hold>>;
  /**
   * Holds every client's write: those of open and new connections, queued transactions, scripts, blocked pops.
   * A hold of the kind `pause` ends by itself after `pauseMs`; the others last until `lift`. Safe to repeat.
   * The proof is read or written under the fence: a marker behind a password, else the offset.
   */
  fence(hold: Hold, pauseMs: number, timeoutMs: number): Promise<ActResult<FenceProof>>;
  /** Ends the fence and puts back what it changed. Safe at any time, also where it was never set. */
  lift(hold: Hold, timeoutMs: number): Promise<ActResult<void>>;
  /**
   * Makes the server follow `address`; gives its final offset as a primary and the role before. `releasing`: a hold
   * that comes off in the same step if that has to be (a password before 6.0); `lift` it all the same.
   */
  follow(
    address: Address,
    timeoutMs: number,
    releasing?: Hold,
  ): Promise<ActResult<{ readonly offset: number; readonly wasPrimary: boolean }>>;
  /** Makes a replica forget what it had of its primary, in one transaction: it takes a new snapshot. */
  followAnew(address: Address, timeoutMs: number): Promise<ActResult<void>>;
  /** REPLICAOF NO ONE; gives the offset. */
  promote(timeoutMs: number): Promise<ActResult<{ readonly offset: number }>>;
  /** FLUSHALL, only for the copy that a rehearsal made, right after the server was promoted. */
  empty(timeoutMs: number): Promise<ActResult<void>>;
  readSetting(name: string, timeoutMs: number): Promise<string | null>;
  changeSetting(name: string, value: string, timeoutMs: number): Promise<ActResult<void>>;
  /** CONFIG REWRITE where a config file is in use; `false`: there is none. */
  rewriteConfig(timeoutMs: number): Promise<ActResult<boolean>>;
  /** Writes `ferry:lock` (leased): a second Ferry sees it; it also moves the offset, which proves that the stream flows. */
  holdLock(leaseMs: number, timeoutMs: number): Promise<ActResult<{ readonly heldBy: string | null }>>;
  /** Writes and reads back a canary key with an expiry: proof that the server takes writes. */
  writeCanary(timeoutMs: number): Promise<ActResult<Canary>>;
  /** Ends connections that earlier owners left on this server. */
  endConnections(connections: readonly EnlistedConnection[], timeoutMs: number): Promise<void>;
  /** Ends the connections of ordinary clients (not replicas, not Ferry). Gives their number. */
  endOrdinaryClients(timeoutMs: number): Promise<ActResult<number>>;
  close(): void;
}

/** What the new side must have before it may be promoted. */
export type FenceProof =
  | { readonly kind: 'offset'; readonly offset: number }
  /** Written last through the fence, in database 0: everything before it has arrived with it. */
  | { readonly kind: 'marker'; readonly key: string; readonly value: string };

/** `offset`: what it has applied; null: it has no offsets. `loading` servers have reached nothing. */
export interface Reached {
  readonly reached: boolean;
  readonly offset: number | null;
}

/** A key in database 0 with a value never written before: seen at a replica, it proves that the stream flows. */
export interface Canary {
  readonly key: string;
  readonly value: string;
  /** Monotonic ms of this process when it was sent. */
  readonly sentMs: number;
}

export interface Servers extends Dialling {
  /**
   * Opens a control connection for an owner: connects, asks for its id, enlists (which checks the epoch),
   * and arms it unless `arm` is false. null: not the owner any more.
   */
  control(
    pair: Pair,
    side: Side,
    owner: Ownership,
    options: { readonly arm: boolean; readonly timeoutMs: number },
  ): Promise<ControlConnection | null>;
  /** One reading over a fresh read-only connection; rejects when the server does not answer. */
  observe(pair: Pair, side: Side): Promise<ServerObservation>;
  /** Clients that are not replicas and not Ferry, grouped; at most every 10 s and 5,000 connections (I11); null: not asked. */
  ordinaryClients(
    pair: Pair,
    side: Side,
  ): Promise<{ readonly clients: readonly OldClient[]; readonly count: number } | null>;
  /** Reads everything that the checks need from both sides; an unreachable side is a fact, not an error. */
  survey(pair: Pair): Promise<SurveyFacts>;
  /** For `/redis info` and doctor. */
  describe(instance: Instance): Promise<ServerDescription>;
}

export interface ServerDescription {
  readonly identity: Identity;
  readonly observation: ServerObservation;
  readonly maxMemoryBytes: number;
  readonly evictionPolicy: string;
  readonly uptimeSeconds: number;
  readonly roleText: string;
}

/** How a pair is kept in step. */
export interface Replication {
  /** The address that the target must follow, and the settings that it needs first. */
  settingsFor(
    pair: Pair,
    direction: 'forward' | 'back',
  ): readonly {
    readonly side: Side;
    readonly name: string;
    readonly to: SettingValue;
    readonly why: string;
  }[];
  addressToFollow(pair: Pair, direction: 'forward' | 'back'): Address;
  /**
   * Opens what a pair needs besides its servers, if it is not open in this process yet: a relay, at the address
   * it had before (`last`) where that can be had again. Gives the address that the target must follow; null: the
   * source itself. Rejects where the target could not reach a relay.
   */
  open(pair: Pair, route: Route, last: Address | null): Promise<Address | null>;
  /**
   * A look at both sides of a pair, over connections that stay open while the migration is driven. `canary`: what
   * was written to the primary just now, where there are no offsets; the look waits up to a second for it.
   */
  observe(pair: Pair, direction: 'forward' | 'back', canary: Canary | null): Promise<PairObservation>;
  /** An address where nobody listens: a server pointed at it is read-only, keeps its data and hammers nobody. */
  readonly parkingAddress: Address;
  /** Closes what `open` and `observe` keep open for this pair. */
  forget(pair: Pair): void;
}

export interface Verifier {
  /** Compares the data of a pair; `onProgress` at most once a second. Ends early when the signal aborts. */
  verify(
    pair: Pair,
    level: VerificationLevel,
    options: {
      readonly pace: VerificationPace;
      readonly signal: AbortSignal;
      readonly onProgress: (comparedKeys: number, totalKeys: number) => void;
    },
  ): Promise<VerificationResult>;
}

export interface HookRunner {
  /** Runs a hook with a JSON payload; at least once, with the migration's uid and attempt as idempotency key. */
  run(
    hook: Hook,
    payload: object,
    idempotencyKey: string,
  ): Promise<{ readonly ok: boolean; readonly detail: string; readonly tookMs: number }>;
}

// ---- announcing

export interface QueuedAnnouncement {
  readonly cursor: string;
  readonly uid: string;
  readonly id: string;
  readonly announcement: Announcement;
}

/** What the announcer needs: what waits, what was posted where. */
export interface Outbox {
  /** The lease of the one announcer; false: another bot has it. */
  lead(holder: string, leaseMs: number): Promise<boolean>;
  /** Gives the lease up if this holder has it, so that another bot need not wait for it to run out. */
  release(holder: string): Promise<void>;
  /** What does not parse is set aside, so that it stops nothing. */
  pending(limit: number): Promise<readonly QueuedAnnouncement[]>;
  done(cursor: string): Promise<void>;
  /** Where a migration's card, thread and keyed messages are. */
  places(uid: string): Promise<Places>;
  setPlace(uid: string, key: string, ts: string): Promise<void>;
}

/** Slack timestamps by key: `card`, and the keys of announcements. */
export type Places = Readonly<Record<string, string>>;

export type {
  AskAnswer,
  AskRequest,
  Dispatcher,
  ScratchAnswer,
  ScratchRequest,
  TaskRequest,
} from './ask-ports.ts';
export type { Filler, Scratch, TaskLock, TaskLocks, TaskWatch } from './fill-ports.ts';
export type { DialOptions, FirstWord };
