// What happens to a cutover that did not finish in one breath: after a crash, a lost reply, a refusal.
// Reads both roles and lets the table of migration/recovery.ts decide; sends nothing twice unseen.

import { type Cutover, newSide, oldSide, type PairOffsets } from '../migration/cutover.ts';
import { type Side, sameRun } from '../migration/instance.ts';
import type { State } from '../migration/migration.ts';
import { RECOVERY_PATIENCE_MS, type RecoveryAct, recover } from '../migration/recovery.ts';
import { finish, holdOf, promote, undo } from './recovery-acts.ts';
import { askPerson } from './recovery-question.ts';
import { type SeenServer, seeServer } from './roles.ts';
import { identitiesOf } from './routing.ts';
import type { Session } from './session.ts';

const LOOK_AGAIN_MS = 200;

export interface SeenPair {
  readonly old: SeenServer;
  readonly new: SeenServer;
  readonly act: RecoveryAct;
  /** The old side is not the run that the migration began with: what it took meanwhile is on it alone. */
  readonly oldRestarted: boolean;
  /** Nor is the new side: what it had when its promotion was decided may be gone (I2). */
  readonly newRestarted: boolean;
}

/** How the attempt that is being recovered ended, where this process knows it. */
export interface Failure {
  readonly reason: string;
  /** How long the fence stood, ms; null: not known. */
  readonly pausedMs: () => number | null;
}

export const UNKNOWN_FAILURE: Failure = {
  reason: 'the worker that did it was lost before the promotion',
  pausedMs: () => null,
};

/** Brings the cutover of the session's record to an end: undone, promoted, or a question to a person. */
export async function recoverCutover(session: Session, failure: Failure): Promise<void> {
  const { clock } = session.workflow;
  const since = clock.monotonicMs();
  let refused: string | null = null;
  for (;;) {
    session.assertOwner();
    const cutover = cutoverOf(session.migration.state);
    if (cutover === null) return;
    const seen = await seeAll(session, cutover);
    const act = together(seen, cutover);
    session.log.info(
      { step: cutover.step, act, roles: seen.map((pair) => [pair.old.role, pair.new.role]) },
      'recovering',
    );
    if (act === 'ask') return askPerson(session, cutover, seen, refused);
    if (act === 'wait') {
      if (clock.monotonicMs() - since > RECOVERY_PATIENCE_MS)
        return askPerson(session, cutover, seen, refused);
      await clock.sleep(LOOK_AGAIN_MS, session.signal);
      continue;
    }
    try {
      await perform(session, cutover, seen, act, failure);
    } catch (error) {
      // What an act left is seen in the roles at the next look.
      session.assertOwner();
      session.log.warn({ err: error, act }, 'recovery act failed; looking again');
      refused = error instanceof Error ? error.message : 'no answer';
      if (clock.monotonicMs() - since > RECOVERY_PATIENCE_MS)
        return askPerson(session, cutover, seen, refused);
      await clock.sleep(LOOK_AGAIN_MS, session.signal);
    }
  }
}

export function cutoverOf(state: State): Cutover | null {
  if (state.phase === 'cutting-over') return state.cutover;
  return state.phase === 'reverting' && state.back === null ? state.cutover : null;
}

/** Can the table go on with this cutover now, without a person? Looks, and does nothing. */
export async function canRecover(session: Session, cutover: Cutover): Promise<boolean> {
  const seen = await seeAll(session, cutover);
  const act = together(seen, cutover);
  // An old side that was restarted may have taken writes before it was set aside again: promoting would give
  // them up, and that is for a person to say (I2).
  if (act === 'promote' && seen.some(({ oldRestarted }) => oldRestarted)) return false;
  return act !== 'ask' && act !== 'wait';
}

async function seeAll(session: Session, cutover: Cutover): Promise<readonly SeenPair[]> {
  const { direction, step, order } = cutover;
  const identities = identitiesOf(session.migration.state);
  const isRestarted = (index: number, side: Side, { observed }: SeenServer): boolean =>
    observed !== null && !sameRun(observed.runId, identities[index]?.[side].runId ?? '');
  return Promise.all(
    session.migration.pairs.map(async (_, index) => {
      const [old, fresh] = await Promise.all([
        seeServer(session, index, oldSide(direction)),
        seeServer(session, index, newSide(direction)),
      ]);
      const oldRestarted = isRestarted(index, oldSide(direction), old);
      const newRestarted = isRestarted(index, newSide(direction), fresh);
      const decided = recover(step, old.role, fresh.role, order);
      // A primary that was restarted is not the one that was promoted: a person looks at what it has.
      const act = decided === 'finish' && newRestarted ? 'ask' : decided;
      return { old, new: fresh, act, oldRestarted, newRestarted };
    }),
  );
}

/** Pairs go together: one that needs a person stops all; undoing one undoes all; forward only as one. */
function together(seen: readonly SeenPair[], cutover: Cutover): RecoveryAct {
  const acts = new Set(seen.map((pair) => pair.act));
  if (acts.has('ask')) return 'ask';
  if (acts.has('wait')) return 'wait';
  if (cutover.step === 'promoting') return acts.has('promote') ? 'promote' : 'finish';
  if (acts.has('undemote') || (acts.has('lift') && acts.has('judge'))) return 'undemote';
  return acts.has('judge') ? 'judge' : 'lift';
}

async function perform(
  session: Session,
  cutover: Cutover,
  seen: readonly SeenPair[],
  act: Exclude<RecoveryAct, 'ask' | 'wait'>,
  failure: Failure,
): Promise<void> {
  switch (act) {
    case 'judge': {
      const offsets = finalOffsets(cutover, seen);
      const arrived = seen.every((pair, index) => {
        const final = offsets[index]?.final ?? null;
        // Behind a password a follower may count refusals: its offset proves nothing, and the marker is unknown here.
        const proves = holdOf(cutover, index).kind !== 'password';
        return proves && final !== null && (pair.new.observed?.offset ?? -1) >= final;
      });
      if (arrived && (await session.workflow.records.time()) < cutover.deadline) {
        await session.mustApply({ kind: 'promoting', offsets });
        return;
      }
      return undo(session, cutover, seen, failure);
    }
    case 'lift':
    case 'undemote':
      return undo(session, cutover, seen, failure);
    case 'promote':
      return promote(session, cutover, seen);
    case 'finish':
      return finish(session, cutover, seen);
  }
}

/**
 * The final offset that was recorded; where the crash came before that, the demoted server's own offset now:
 * it took no write of its own since, so this is never less than its final one.
 */
function finalOffsets(cutover: Cutover, seen: readonly SeenPair[]): readonly PairOffsets[] {
  return cutover.offsets.map((pair, index) => ({
    ...pair,
    final: pair.final ?? seen[index]?.old.observed?.offset ?? null,
  }));
}
