// What happens to a cutover that did not finish in one breath: after a crash, a lost reply, a refusal.
// Reads both roles and lets the table of migration/recovery.ts decide; sends nothing twice unseen.

import {
  type Cutover,
  type CutoverOutcome,
  newSide,
  oldSide,
  type PairOffsets,
} from '../migration/cutover.ts';
import type { State } from '../migration/migration.ts';
import { usualAnswers } from '../migration/phases/needs-human.ts';
import { RECOVERY_PATIENCE_MS, type RecoveryAct, recover } from '../migration/recovery.ts';
import { wayBackAfter } from './cutover.ts';
import { type SeenServer, seeServer } from './roles.ts';
import type { Session } from './session.ts';

const LOOK_AGAIN_MS = 200;
const ACT_TIMEOUT_MS = 1_000;

interface SeenPair {
  readonly old: SeenServer;
  readonly new: SeenServer;
  readonly act: RecoveryAct;
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
    if (act === 'ask') return ask(session, cutover, seen, refused);
    if (act === 'wait') {
      if (clock.monotonicMs() - since > RECOVERY_PATIENCE_MS) return ask(session, cutover, seen, refused);
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
      if (clock.monotonicMs() - since > RECOVERY_PATIENCE_MS) return ask(session, cutover, seen, refused);
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
  const act = together(await seeAll(session, cutover), cutover);
  return act !== 'ask' && act !== 'wait';
}

async function seeAll(session: Session, cutover: Cutover): Promise<readonly SeenPair[]> {
  return Promise.all(
    session.migration.pairs.map(async (_, index) => {
      const [old, fresh] = await Promise.all([
        seeServer(session, index, oldSide(cutover.direction)),
        seeServer(session, index, newSide(cutover.direction)),
      ]);
      return { old, new: fresh, act: recover(cutover.step, old.role, fresh.role) };
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
        return final !== null && (pair.new.observed?.offset ?? -1) >= final;
      });
      if (arrived && (await session.workflow.records.time()) < cutover.deadline) {
        await session.mustApply({ kind: 'promoting', offsets });
        return;
      }
      return undo(session, cutover, failure);
    }
    case 'lift':
    case 'undemote':
      return undo(session, cutover, failure);
    case 'promote':
      return promote(session, cutover, seen);
    case 'finish':
      return finish(session, cutover);
  }
}

/**
 * The final offset that was recorded; where the crash came before that, the demoted server's own offset now:
 * it took no write of its own since, so this is never less than its final one.
 */
function finalOffsets(cutover: Cutover, seen: readonly SeenPair[]): readonly PairOffsets[] {
  return cutover.offsets.map((pair, index) => ({
    fenced: pair.fenced,
    final: pair.final ?? seen[index]?.old.observed?.offset ?? null,
  }));
}

/** Gives the old sides their writes back, and proves it by a canary before saying so. */
async function undo(session: Session, cutover: Cutover, failure: Failure): Promise<void> {
  if (cutover.step !== 'undoing') await session.mustApply({ kind: 'undoing', reason: failure.reason });
  const side = oldSide(cutover.direction);
  for (const index of session.migration.pairs.keys()) {
    const control = await session.control(index, side, ACT_TIMEOUT_MS);
    const { role } = await control.observe(ACT_TIMEOUT_MS);
    if (role.kind !== 'primary') await must(control.promote(ACT_TIMEOUT_MS));
    await must(control.lift(ACT_TIMEOUT_MS));
    await must(control.takeGuard(ACT_TIMEOUT_MS));
    await must(control.writeCanary(ACT_TIMEOUT_MS));
  }
  await session.mustApply({ kind: 'undone', pausedMs: failure.pausedMs() });
}

/** Past the point of no return: the final offset was proven before it, and is looked at once more. */
async function promote(session: Session, cutover: Cutover, seen: readonly SeenPair[]): Promise<void> {
  const side = newSide(cutover.direction);
  for (const [index, pair] of seen.entries()) {
    if (pair.act !== 'promote') continue;
    const control = await session.control(index, side, ACT_TIMEOUT_MS);
    const final = cutover.offsets[index]?.final ?? Number.POSITIVE_INFINITY;
    const offset = await control.replicaOffset(ACT_TIMEOUT_MS);
    if (offset < final) throw new Error(`offset ${offset} of ${final}`);
    await must(control.promote(ACT_TIMEOUT_MS));
  }
}

async function finish(session: Session, cutover: Cutover): Promise<void> {
  const at = session.now();
  for (const index of session.migration.pairs.keys()) {
    try {
      const old = await session.control(index, oldSide(cutover.direction), ACT_TIMEOUT_MS);
      await old.lift(ACT_TIMEOUT_MS);
    } catch (error) {
      // A fence ends by itself; an old server that is down holds nobody.
      session.assertOwner();
      session.log.warn({ err: error }, 'the fence could not be lifted');
    }
    const fresh = await session.control(index, newSide(cutover.direction), ACT_TIMEOUT_MS);
    await must(fresh.takeGuard(ACT_TIMEOUT_MS));
  }
  const outcome: CutoverOutcome = {
    direction: cutover.direction,
    attempt: cutover.attempt,
    fencedAt: cutover.beganAt,
    fenceTimeMs: null,
    finalOffsets: cutover.offsets.map((pair) => pair.final ?? 0),
    moments: session.migration.pairs.map((_, pair) => ({
      what: 'recovered',
      pair,
      afterMs: at - cutover.beganAt,
      offset: null,
    })),
  };
  await session.mustApply({ kind: 'promoted', outcome, wayBack: wayBackAfter(session, cutover.direction) });
}

async function must<T>(
  result: Promise<{ kind: 'done'; value: T } | { kind: 'refused' | 'unknown'; why: string }>,
): Promise<T> {
  const settled = await result;
  if (settled.kind === 'done') return settled.value;
  throw new Error(settled.why);
}

/** A fence is never left standing while people think, wherever it can still be lifted (I3). */
async function ask(
  session: Session,
  cutover: Cutover,
  seen: readonly SeenPair[],
  refused: string | null,
): Promise<void> {
  const oldName = session.pair(0)[oldSide(cutover.direction)].name;
  const newName = session.pair(0)[newSide(cutover.direction)].name;
  for (const [index, pair] of seen.entries()) {
    if (pair.old.role === 'unreachable') continue;
    try {
      const control = await session.control(index, oldSide(cutover.direction), ACT_TIMEOUT_MS);
      await control.lift(ACT_TIMEOUT_MS);
      // Restarted after its demotion it would be a second writer: the promotion was decided, so it is set aside (I1).
      if (cutover.step === 'promoting' && wasRestarted(session, cutover, index, pair.old)) {
        await control.follow(session.workflow.replication.parkingAddress, ACT_TIMEOUT_MS);
      }
    } catch (error) {
      session.assertOwner();
      session.log.warn({ err: error }, 'the old side could not be reached');
    }
  }
  const facts = [
    `The cutover stopped at the step "${cutover.step}".`,
    ...(refused === null ? [] : [`What Ferry tried last was refused: ${refused}`]),
    ...seen.flatMap((pair) => [
      `${oldName} ${inWords(pair.old, newName)}.`,
      `${newName} ${inWords(pair.new, oldName)}.`,
    ]),
    cutover.step === 'promoting'
      ? `The promotion of ${newName} was decided, so ${oldName} must not take writes again.`
      : `${newName} was not promoted by Ferry.`,
  ];
  const question = `The servers of ${session.migration.id} are not what Ferry made of them. Which of them shall take the writes, and is the other one aside?`;
  await session.mustApply({ kind: 'stuck', question, facts, answers: usualAnswers(session.migration.state) });
}

function wasRestarted(session: Session, cutover: Cutover, index: number, old: SeenServer): boolean {
  const { state } = session.migration;
  if (old.role !== 'primary' || !('identities' in state)) return false;
  return old.observed?.runId !== state.identities[index]?.[oldSide(cutover.direction)].runId;
}

function inWords(seen: SeenServer, peer: string): string {
  switch (seen.role) {
    case 'primary':
      return 'says that it is a primary';
    case 'follows-peer':
      return `says that it follows ${peer}`;
    case 'follows-other':
      return 'says that it follows another server';
    case 'unreachable':
      return 'does not answer';
  }
}
