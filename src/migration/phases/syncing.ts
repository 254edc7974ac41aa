// syncing: the target is pointed at the source and loads its snapshot. "Link up" alone is not following.

import { mayDo } from '../approval.ts';
import { notNow, type PhaseHandler, event as said } from '../change.ts';
import type { PairSync, Started } from '../migration.ts';

export const syncing: PhaseHandler<'syncing'> = (migration, state, event, now) => {
  switch (event.kind) {
    case 'pointing':
      return { state: { ...state, progress: withPair(state.progress, event.pair, { pointed: 'intended' }) } };
    case 'stage-changed':
      return {
        state: {
          ...state,
          progress: withPair(state.progress, event.pair, { pointed: 'yes', stage: event.stage }),
        },
      };
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

function withPair(progress: readonly PairSync[], index: number, to: Partial<PairSync>): readonly PairSync[] {
  return progress.map((pair, each) => (each === index ? { ...pair, ...to } : pair));
}

/** What every phase after *Start* carries on. */
export function startedOf(state: Started): Started {
  const { plan, identities, startedBy, startedAt } = state;
  return { plan, identities, startedBy, startedAt };
}
