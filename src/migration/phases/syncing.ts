// syncing: the target is pointed at the source and loads its snapshot. "Link up" alone is not following.

import { mayDo } from '../approval.ts';
import { type Answered, notNow, type PhaseHandler, event as said } from '../change.ts';
import type { Event } from '../events.ts';
import { formatAddress } from '../instance.ts';
import type { Migration, PairSync, Started, Syncing } from '../migration.ts';
import { MAX_RESTARTS } from '../progress.ts';
import { begin, beginAnew, enter, finish, type Transfer } from '../transfer.ts';

export const syncing: PhaseHandler<'syncing'> = (migration, state, event, now) => {
  switch (event.kind) {
    case 'relay-opened':
      return relayOpened(migration, state, event, now);
    case 'pointing': {
      const to = { pointed: 'intended', restarts: 0, begun: begin(now, event.before ?? null) } as const;
      return { state: { ...state, progress: withPair(state.progress, event.pair, to) } };
    }
    case 'stage-changed': {
      const before = state.progress[event.pair];
      const restarts = before?.pointed === 'yes' ? {} : { restarts: 0 };
      const begun = before?.begun ?? null;
      const anew = before?.pointed === 'moved' || before?.pointed === 'anew' ? beginAnew(begun, now) : begun;
      const to: Partial<PairSync> = {
        pointed: 'yes',
        stage: event.stage,
        begun: enter(anew, event.stage, now),
        ...restarts,
      };
      return { state: { ...state, progress: withPair(state.progress, event.pair, to) } };
    }
    case 'transfer-restarted':
      return transferRestarted(migration, state, event, now);
    case 'target-set-aside': {
      const to = { pointed: 'aside', stage: 'connecting' } as const;
      return { state: { ...state, progress: withPair(state.progress, event.pair, to) } };
    }
    case 'fell-behind':
      // Link up, and nothing arrives: here it takes nothing back, but it is said.
      return { state, say: [said({ kind: 'fell-behind', reason: event.reason })] };
    case 'caught-up': {
      // All pairs, each seen to follow: a pair that was never pointed cannot have caught up.
      if (state.progress.some((pair) => pair.pointed !== 'yes')) return notNow(migration, event.kind);
      const tookMs = now - (state.lostLinkAt ?? state.startedAt);
      return {
        state: {
          phase: 'following',
          ...startedOf(state),
          since: now,
          verification: null,
          lag: null,
          askedAt: null,
          approvals: [],
          cutoverAt: null,
          gate: null,
        },
        digest: '',
        transfers: transfersOf(migration, state, event, now),
        say: [said({ kind: 'caught-up', tookMs, again: state.lostLinkAt !== null })],
      };
    }
    case 'policy-changed':
      return { state, policy: event.policy, hooks: event.hooks };
    case 'abort-requested': {
      const refused = mayDo('abort', event.by, { ...migration, dropsKeys: 0 });
      if (refused !== null) return refused;
      const by = event.by.user;
      const waitsForLoad = state.progress.some((pair) => pair.stage === 'loading');
      return {
        state: { phase: 'aborting', by, from: 'syncing', plan: state.plan, identities: state.identities },
        digest: '',
        say: [said({ kind: 'aborting', by, waitsForLoad })],
      };
    }
    default:
      return notNow(migration, event.kind);
  }
};

/** A link that went on without a snapshot leaves what the snapshot before it cost. */
function transfersOf(
  migration: Migration,
  state: Syncing,
  { costs }: Extract<Event, { kind: 'caught-up' }>,
  now: number,
): readonly (Transfer | null)[] {
  return state.progress.map(({ begun }, pair) => {
    const told = costs?.[pair] ?? null;
    const done = begun === null || told === null ? null : finish(begun, told, now);
    return done ?? migration.transfers[pair] ?? null;
  });
}

/** The target follows the address that it was given: where the relay moved, it is pointed anew. */
function relayOpened(
  migration: Migration,
  state: Syncing,
  event: Extract<Event, { kind: 'relay-opened' }>,
  now: number,
): Answered {
  const relays = withRelay(migration, event);
  const before = state.progress[event.pair];
  if (relays === null || before === undefined) return notNow(migration, event.kind);
  const wasPointed = before.pointed === 'yes' || before.pointed === 'moved';
  if (!wasPointed) return { state, relays };
  // At the same address it finds the new one by itself.
  const to: Partial<PairSync> = hasMoved(migration, event)
    ? { pointed: 'moved', stage: 'connecting' }
    : { stage: 'connecting', begun: beginAnew(before.begun, now) };
  return {
    state: { ...state, progress: withPair(state.progress, event.pair, to) },
    relays,
    say: [said({ kind: 'fell-behind', reason: relayReason(migration, event.pair) })],
  };
}

/** Is the relay of a pair at another address than before? */
export function hasMoved(migration: Migration, event: Extract<Event, { kind: 'relay-opened' }>): boolean {
  const before = migration.relays[event.pair] ?? null;
  const { address } = event;
  return before === null || address === null
    ? before !== address
    : formatAddress(before) !== formatAddress(address);
}

export function relayReason(migration: Migration, pair: number): string {
  const name = migration.pairs[pair]?.source.name ?? 'the source';
  return `the worker that ran the relay of ${name} ended, and another opened it anew; the snapshot is transferred again from its beginning`;
}

/** Pairs that were set aside are pointed anew, once somebody decided so. */
export function tryAgain(state: Syncing): Syncing {
  const progress = state.progress.map(
    (pair): PairSync =>
      pair.pointed === 'aside' ? { ...pair, pointed: 'moved', stage: 'connecting', restarts: 0 } : pair,
  );
  return { ...state, progress };
}

function transferRestarted(
  migration: Migration,
  state: Syncing,
  event: Extract<Event, { kind: 'transfer-restarted' }>,
  now: number,
): Answered {
  const { pair, cause, remedy } = event;
  const before = state.progress[pair];
  if (before === undefined || before.pointed !== 'yes') return notNow(migration, event.kind);
  const restarts = before.restarts + 1;
  return {
    state: {
      ...state,
      progress: withPair(state.progress, pair, { restarts, begun: beginAnew(before.begun, now) }),
    },
    say: [said({ kind: 'transfer-restarted', pair, cause, remedy, restarts, limit: MAX_RESTARTS })],
  };
}

/** Where each pair's relay is from now on; null: there is no such pair. */
export function withRelay(
  migration: Migration,
  event: Extract<Event, { kind: 'relay-opened' }>,
): Migration['relays'] | null {
  if (migration.pairs[event.pair] === undefined) return null;
  return migration.pairs.map((_, pair) =>
    pair === event.pair ? event.address : (migration.relays[pair] ?? null),
  );
}

export function withPair(
  progress: readonly PairSync[],
  index: number,
  to: Partial<PairSync>,
): readonly PairSync[] {
  return progress.map((pair, each) => (each === index ? { ...pair, ...to } : pair));
}

/** What every phase after *Start* carries on. */
export function startedOf(state: Started): Started {
  const { plan, identities, startedBy, startedAt } = state;
  return { plan, identities, startedBy, startedAt };
}
