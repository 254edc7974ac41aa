// aborting puts everything back; the phases that are over take no event at all.

import { notNow, type PhaseHandler, event as said } from '../change.ts';
import { refusal } from '../errors.ts';
import type { Event } from '../events.ts';
import type { Migration } from '../migration.ts';

export const aborting: PhaseHandler<'aborting'> = (migration, state, event) => {
  switch (event.kind) {
    case 'aborted': {
      const { by, from } = state;
      const { targetKeys } = event;
      const restored =
        migration.ledger.length > 0 ? [said({ kind: 'settings-restored', entries: migration.ledger })] : [];
      const report = (migration.rehearsal?.outcome ?? null) === null ? [] : [said({ kind: 'report' })];
      return {
        state: { phase: 'aborted', by, from, targetKeys },
        newRound: true,
        digest: '',
        say: [...restored, said({ kind: 'aborted', by, from, targetKeys }), ...report],
      };
    }
    case 'abort-requested':
      return refusal('decided', `@[${state.by}] aborts ${migration.id} already.`, 'Nothing more to do.');
    default:
      return notNow(migration, event.kind);
  }
};

export function over(migration: Migration, _state: object, event: Event) {
  return notNow(migration, event.kind);
}
