// The guard: a key on the server that names the one owner who may change it. Every change goes as
// MULTI … EXEC under a WATCH on that key, so that a process that wakes up late cannot act (I8).
// Never sends a change twice, except after EXEC's certain "nothing happened".

import type { Capabilities } from '../migration/capabilities.ts';
import type { FerryError } from '../migration/errors.ts';
import type { Side } from '../migration/instance.ts';
import type { ActResult, ActTrace, Ownership } from '../workflow/ports.ts';
import type { Command, Reply, ServerConnection } from './connect.ts';
import { infoCommand } from './info.ts';
import { serverError } from './server-error.ts';

export const GUARD_KEY = 'ferry:guard';
export const LOCK_KEY = 'ferry:lock';
/** A guard that its migration never removed goes away by itself. */
const GUARD_LIFE_SECONDS = 24 * 60 * 60;

export function canaryKey(uid: string): string {
  return `ferry:canary:${uid}`;
}

export function guardValue(owner: Ownership): string {
  return `${owner.uid}:${owner.epoch}`;
}

/**
 * Sets a key that goes away by itself. In two commands, because 7.0 and newer pass SETEX on as SET … PXAT, which a
 * follower before 6.2 refuses: on the way back the key would never arrive, link up.
 */
export function expiringKey(key: string, value: string, seconds: number): readonly Command[] {
  return [
    ['SET', key, value],
    ['EXPIRE', key, seconds],
  ];
}

/** The uid of the migration in a guard's value. */
export function guardedBy(value: string): string {
  return value.slice(0, Math.max(0, value.lastIndexOf(':')));
}

/** Why this owner may not write its name over the present guard; null: it may. Pure. */
export function whyNotTake(present: string | null, owner: Ownership): string | null {
  if (present === null) return null;
  const colon = present.lastIndexOf(':');
  const uid = present.slice(0, colon);
  const epoch = Number(present.slice(colon + 1));
  if (uid !== owner.uid) return `It is guarded by another migration (${present}).`;
  // A guard that cannot be read is somebody's, not nobody's (I10).
  if (!Number.isInteger(epoch)) return `Its guard cannot be read (${present}).`;
  return epoch > owner.epoch ? `A later owner guards it (${present}, this is epoch ${owner.epoch}).` : null;
}

/**
 * May this owner act under the present guard? Its own epoch or an earlier one of the same migration: after a
 * take-over between demotion and promotion no side is writable, so the guard cannot be renewed first; the
 * earlier owner's connections are ended instead. No guard at all is fine on a replica only: a load that broke
 * off leaves it empty, and nobody can write one there. Pure.
 */
export function mayActUnder(present: string | null, owner: Ownership, isReplica: boolean): boolean {
  if (present === null) return isReplica;
  return whyNotTake(present, owner) === null;
}

/** A connection whose changes are all guarded. */
export interface GuardedConnection {
  /** The guard is watched, and was this owner's when the watch began. */
  readonly armed: boolean;
  /** Watches the guard and reads it. Rejects when the connection fails. */
  arm(timeoutMs: number): Promise<boolean>;
  /** The same on a server that was restarted: no guard is enough on a primary, too, until the next `arm`. */
  armRestarted(timeoutMs: number): Promise<boolean>;
  take(timeoutMs: number): Promise<ActResult<void>>;
  /**
   * Runs the commands in one guarded transaction and arms again, in one round trip. `done` gives EXEC's
   * replies: errors among them are values. `after`: what this connection must send in the same write before it
   * can go on (a login with the password that the act set); their replies are not looked at.
   */
  act(
    deed: string,
    commands: readonly Command[],
    timeoutMs: number,
    after?: readonly Command[],
  ): Promise<ActResult<readonly Reply[]>>;
}

/** Where MULTI itself is refused, what follows in the same write would run bare: it is tried out first. */
const TRY_MULTI: readonly Command[] = [['MULTI'], ['EXEC']];

export function guardConnection(
  connection: ServerConnection,
  owner: Ownership,
  side: Side,
  trace: ActTrace,
  capabilities: Pick<Capabilities, 'can'>,
  isOver: (uid: string) => Promise<boolean>,
): GuardedConnection {
  const { who } = connection;
  /** Arms or re-arms; UNWATCH first, so that keys watched for one act do not spoil the next. */
  const watchAndRead: readonly Command[] = [
    ['UNWATCH'],
    ['WATCH', GUARD_KEY],
    infoCommand(capabilities, 'replication'),
    ['GET', GUARD_KEY],
  ];
  const ours = guardValue(owner);
  let armed = false;
  let needsGuard = true;
  let seen: Reply = null;

  const readArm = (replies: readonly Reply[]): void => {
    const [unwatched, watched, info, value = null] = replies.slice(-watchAndRead.length);
    seen = value;
    // Read each time: an act may just have made a primary of it, where no guard means no right to act.
    const isReplica = typeof info === 'string' && /^role:slave\b/m.test(info);
    const readable = value === null || typeof value === 'string';
    armed =
      unwatched === 'OK' &&
      watched === 'OK' &&
      readable &&
      mayActUnder(value, owner, isReplica || !needsGuard);
  };

  const look = async (timeoutMs: number): Promise<FerryError | null> => {
    armed = false;
    const replies = await connection.pipeline([...TRY_MULTI, ...watchAndRead], timeoutMs);
    const refused = replies.find((reply) => reply instanceof Error);
    if (refused === undefined) readArm(replies);
    return refused ?? null;
  };

  /** One write: the transaction, then watching again. */
  const transact = async (
    commands: readonly Command[],
    timeoutMs: number,
    after: readonly Command[] = [],
  ): Promise<ActResult<readonly Reply[]>> => {
    armed = false;
    let replies: readonly Reply[];
    try {
      const whole: readonly Command[] = [['MULTI'], ...commands, ['EXEC'], ...after, ...watchAndRead];
      replies = await connection.pipeline(whole, timeoutMs);
    } catch (error) {
      return { kind: 'unknown', why: serverError(who, 'the act', error).message };
    }
    readArm(replies);
    const outcome = replies[commands.length + 1] ?? null;
    const unqueued = replies.slice(1, commands.length + 1).find((reply) => reply instanceof Error);
    // 2.4 runs what it could queue although it refused a part.
    if (Array.isArray(outcome) && unqueued instanceof Error) {
      return { kind: 'unknown', why: unqueued.message };
    }
    if (Array.isArray(outcome)) return { kind: 'done', value: outcome };
    if (outcome === null) return { kind: 'refused', why: notOurs() };
    // EXECABORT: a command was refused while it was queued, and says why better than EXEC does.
    const cause = replies.slice(0, commands.length + 2).find((reply) => reply instanceof Error);
    return { kind: 'refused', why: cause?.message ?? `${who} refused the transaction.` };
  };

  const notOurs = (): string => {
    if (!connection.open) return `The connection to ${who} is gone; nothing was sent.`;
    if (seen instanceof Error) return `The guard of ${who} cannot be read: ${seen.message}`;
    if (seen === ours) return `The guard of ${who} is not watched, or was written to just now.`;
    return seen === null
      ? `${who} has no guard of this migration.`
      : `The guard of ${who} is ${String(seen)}, not ${ours}: another owner acts.`;
  };

  const traced = async <T>(deed: string, act: () => Promise<T>): Promise<T> => {
    const name = `${deed}:${side}`;
    await trace.at('before', name, owner.uid);
    const result = await act();
    await trace.at('after', name, owner.uid);
    return result;
  };

  return {
    get armed() {
      return armed && connection.open;
    },
    async arm(timeoutMs) {
      needsGuard = true;
      await look(timeoutMs);
      return armed;
    },
    async armRestarted(timeoutMs) {
      needsGuard = false;
      await look(timeoutMs);
      return armed;
    },
    take: (timeoutMs) =>
      traced('take-guard', async () => {
        if (!connection.open) return { kind: 'refused', why: notOurs() };
        const refused = await look(timeoutMs);
        if (refused !== null) return { kind: 'refused', why: refused.message };
        const present = seen === null ? null : String(seen);
        const why = whyNotTake(present, owner);
        // Left on a server that was read-only when its migration ended; the watch goes on meanwhile.
        const isLeft = why !== null && present !== null && (await isOver(guardedBy(present)));
        if (why !== null && !isLeft) return { kind: 'refused', why: `${who} cannot be taken over. ${why}` };
        return settle(
          await transact(expiringKey(GUARD_KEY, ours, GUARD_LIFE_SECONDS), timeoutMs),
          () => undefined,
        );
      }),
    act: (deed, commands, timeoutMs, after) =>
      traced(deed, async () => {
        if (!connection.open || !armed) return { kind: 'refused', why: notOurs() };
        const startedAt = performance.now();
        const first = await transact(commands, timeoutMs, after);
        // EXEC said that nothing ran, and the guard is still ours: it was only renewed, or came anew with a
        // snapshot. Once more is no second time.
        const leftMs = timeoutMs - (performance.now() - startedAt);
        if (first.kind !== 'refused' || !armed || leftMs <= 0) return first;
        return transact(commands, leftMs, after);
      }),
  };
}

/**
 * The result of an act whose first command is the change: `refused` where the server refused that one.
 * `read` may throw away what it does not need.
 */
export function settle<T>(
  result: ActResult<readonly Reply[]>,
  read: (replies: readonly Reply[]) => T,
  changeAt = 0,
): ActResult<T> {
  if (result.kind !== 'done') return result;
  const change = result.value[changeAt];
  if (change instanceof Error) return { kind: 'refused', why: change.message };
  return { kind: 'done', value: read(result.value) };
}
