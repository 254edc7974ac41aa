// reverting: the same cutover with the sides swapped, then settings put back.

import { notNow, type PhaseHandler, event as said } from '../change.ts';
import type { Watching } from '../migration.ts';
import { closedByHand, cutOverOf } from './by-hand.ts';
import { stepTo } from './cutover-acts.ts';
import { wayBackWithout } from './miscounted.ts';
import { reopened } from './watching.ts';

export const reverting: PhaseHandler<'reverting'> = (migration, state, event, now) => {
  switch (event.kind) {
    case 'demoting':
    case 'undoing':
    case 'promoting': {
      const cutover = state.back === null ? stepTo(state.cutover, event) : null;
      return cutover === null ? notNow(migration, event.kind) : { state: { ...state, cutover } };
    }
    case 'undone': {
      if (state.cutover.step !== 'undoing') return notNow(migration, event.kind);
      const miscounted = event.miscounted ?? [];
      const wayBack = wayBackWithout(migration, miscounted);
      const next: Watching = {
        phase: 'watching',
        ...cutOverOf(state),
        since: now,
        until: now + migration.policy.watch.forMs,
        wayBack,
        revertBy: null,
        miscounted,
        closing: null,
        stoodDown: [],
        byHand: null,
      };
      const { newRound, digest, say } = reopened(migration, next);
      const told = said({
        kind: 'cutover-undone',
        attempt: state.cutover.attempt,
        reason: state.cutover.undoReason ?? 'it did not finish in time',
        pausedMs: event.pausedMs,
        direction: 'back',
        at: now,
      });
      const closed = wayBack.state === 'closed' ? [said({ kind: 'way-back-closed', why: wayBack.why })] : [];
      return { state: next, newRound, digest, say: [told, ...closed, ...say] };
    }
    case 'promoted':
      if (state.cutover.step !== 'promoting' || state.back !== null) return notNow(migration, event.kind);
      return {
        state: { ...state, back: event.outcome },
        newRound: true,
        digest: '',
        say: [said({ kind: 'reverted', by: state.by, outcome: event.outcome })],
      };
    case 'hook-ran':
      return {
        state: { ...state, switchHook: event.outcome },
        say: [said({ kind: 'hook-ran', outcome: event.outcome })],
      };
    case 'closed':
      if (state.byHand !== null) return closedByHand(migration, state, event);
      if (state.back === null) return notNow(migration, event.kind);
      return {
        state: {
          phase: 'reverted',
          ...cutOverOf(state),
          by: state.by,
          back: state.back,
          leftToDo: event.leftToDo ?? [],
        },
        say: [said({ kind: 'settings-restored', entries: migration.ledger }), said({ kind: 'report' })],
      };
    default:
      return notNow(migration, event.kind);
  }
};
