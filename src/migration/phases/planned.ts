// planned: waits for Start. Nothing was changed on either server yet; what moves sends it back to the survey.

import { mayDo } from '../approval.ts';
import { decision, notNow, type PhaseHandler, type Saying, event as said, staleDecision } from '../change.ts';
import { refusal } from '../errors.ts';
import type { Migration, Planned } from '../migration.ts';
import { droppedKeys } from '../plan.ts';

export const planned: PhaseHandler<'planned'> = (migration, state, event, now) => {
  const { plan } = state;
  switch (event.kind) {
    case 'start-requested': {
      if (state.startedBy !== null) {
        return refusal(
          'decided',
          `@[${state.startedBy}] started ${migration.id} already.`,
          'Nothing more to do.',
        );
      }
      const dropsKeys = droppedKeys(plan);
      const refused =
        staleDecision(migration, event) ?? mayDo('start', event.by, { ...migration, dropsKeys });
      if (refused !== null) return refused;
      return {
        state: { ...state, startedBy: event.by.user },
        say: [startMessage(migration, state, false), said({ kind: 'started', by: event.by.user, dropsKeys })],
      };
    }
    case 'sync-started':
      if (state.startedBy === null) return notNow(migration, event.kind);
      return {
        state: {
          phase: 'syncing',
          plan,
          identities: event.identities,
          startedBy: state.startedBy,
          startedAt: now,
          progress: migration.pairs.map(() => ({
            pointed: 'no',
            stage: 'connecting',
            restarts: 0,
            begun: null,
          })),
          lostLinkAt: null,
        },
      };
    case 'plan-stale':
      return {
        state: { phase: 'surveying', because: event.reason },
        newRound: true,
        digest: '',
        say: [startMessage(migration, state, false), said({ kind: 'start-refused', reason: event.reason })],
      };
    case 'policy-changed': {
      const reason = 'the configuration changed';
      return {
        state: { phase: 'surveying', because: reason },
        newRound: true,
        digest: '',
        policy: event.policy,
        hooks: event.hooks,
        say: [startMessage(migration, state, false), said({ kind: 'start-refused', reason })],
      };
    }
    case 'abort-requested': {
      const refused = mayDo('abort', event.by, { ...migration, dropsKeys: 0 });
      if (refused !== null) return refused;
      const by = event.by.user;
      // Started: Ferry's lock may stand on the source already, so it is taken off first (I12).
      if (state.startedBy !== null) {
        return {
          state: { phase: 'aborting', by, from: 'planned', plan, identities: [] },
          digest: '',
          say: [startMessage(migration, state, false), said({ kind: 'aborting', by, waitsForLoad: false })],
        };
      }
      return {
        state: { phase: 'aborted', by, from: 'planned', targetKeys: null },
        digest: '',
        say: [
          startMessage(migration, state, false),
          said({ kind: 'aborted', by, from: 'planned', targetKeys: null }),
        ],
      };
    }
    default:
      return notNow(migration, event.kind);
  }
};

export function startMessage(migration: Migration, state: Planned, open: boolean): Saying {
  const { round, digest } = migration;
  return decision(`start:${round}`, { kind: 'start-asked', plan: state.plan, round, digest, open });
}
