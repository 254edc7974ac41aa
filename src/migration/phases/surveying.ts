// surveying: reads both sides; ends in planned, or in refused with every blocker listed.

import { mayDo } from '../approval.ts';
import { decision, notNow, type PhaseHandler, event as said } from '../change.ts';
import { needsConfirmation } from '../plan.ts';

export const surveying: PhaseHandler<'surveying'> = (migration, _state, event) => {
  switch (event.kind) {
    case 'surveyed': {
      const { findings, plan } = event;
      if (plan === null) {
        return {
          state: { phase: 'refused', findings },
          digest: '',
          say: [said({ kind: 'survey-done', findings, refused: true })],
        };
      }
      const surveyDone = said({ kind: 'survey-done', findings, refused: false });
      const auto = migration.policy.start === 'auto' && !needsConfirmation(plan);
      if (auto) {
        return {
          state: { phase: 'planned', plan, startedBy: 'ferry' },
          digest: plan.digest,
          say: [surveyDone, said({ kind: 'started', by: 'ferry', dropsKeys: 0 })],
        };
      }
      const { round } = migration;
      return {
        state: { phase: 'planned', plan, startedBy: null },
        digest: plan.digest,
        say: [
          surveyDone,
          decision(`start:${round}`, { kind: 'start-asked', plan, round, digest: plan.digest, open: true }),
        ],
      };
    }
    case 'policy-changed':
      return { state: { phase: 'surveying', because: 'the configuration changed' }, policy: event.policy };
    case 'abort-requested': {
      const refused = mayDo('abort', event.by, { ...migration, dropsKeys: 0 });
      if (refused !== null) return refused;
      return {
        state: { phase: 'aborted', by: event.by.user, from: 'surveying', targetKeys: null },
        digest: '',
        say: [said({ kind: 'aborted', by: event.by.user, from: 'surveying', targetKeys: null })],
      };
    }
    default:
      return notNow(migration, event.kind);
  }
};
