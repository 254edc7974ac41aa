// surveying: reads both sides; ends in planned, or in refused with every blocker listed.

import { mayDo } from '../approval.ts';
import { notNow, type PhaseHandler, event as said } from '../change.ts';
import type { Planned } from '../migration.ts';
import { needsConfirmation } from '../plan.ts';
import { startMessage } from './planned.ts';

export const surveying: PhaseHandler<'surveying'> = (migration, state, event) => {
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
      // A plan that moved once may move again: a person starts it then, not Ferry in a circle.
      const again = state.because !== null;
      const auto = migration.policy.start === 'auto' && !needsConfirmation(plan) && !again;
      if (auto) {
        return {
          state: { phase: 'planned', plan, startedBy: 'ferry' },
          digest: plan.digest,
          say: [surveyDone, said({ kind: 'started', by: 'ferry', dropsKeys: 0 })],
        };
      }
      const { digest } = plan;
      const next: Planned = { phase: 'planned', plan, startedBy: null };
      return { state: next, digest, say: [surveyDone, startMessage({ ...migration, digest }, next, true)] };
    }
    case 'policy-changed':
      return {
        state: { phase: 'surveying', because: 'the configuration changed' },
        policy: event.policy,
        hooks: event.hooks,
      };
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
