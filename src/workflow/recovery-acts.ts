// The acts that end an interrupted cutover: give the writes back, or promote and put the old side aside.
// Which of them is right was decided before; each may run again after a crash. Throws where a server refuses.

import { type Cutover, type CutoverOutcome, newSide, oldSide } from '../migration/cutover.ts';
import { type Side, sameRun } from '../migration/instance.ts';
import type { Hold } from '../migration/route.ts';
import { beginAnew, mayHaveCounted } from './counted-refusals.ts';
import type { ActResult } from './ports.ts';
import type { Failure, SeenPair } from './recovery.ts';
import type { SeenServer } from './roles.ts';
import { finalOffsetsOf, identitiesOf, sessionRoute, wayBackAfter } from './routing.ts';
import type { Session } from './session.ts';

const ACT_TIMEOUT_MS = 1_000;

/** Gives the old sides their writes back, and proves it by a canary before saying so. */
export async function undo(
  session: Session,
  cutover: Cutover,
  seen: readonly SeenPair[],
  failure: Failure,
): Promise<void> {
  if (cutover.step !== 'undoing') await session.mustApply({ kind: 'undoing', reason: failure.reason });
  const side = oldSide(cutover.direction);
  const miscounted: number[] = [];
  for (const index of session.migration.pairs.keys()) {
    const control = await session.control(index, side, ACT_TIMEOUT_MS);
    const { role } = await control.observe(ACT_TIMEOUT_MS);
    if (role.kind !== 'primary') await must(control.promote(ACT_TIMEOUT_MS));
    // Also where the fence never came: what it would have changed is in the record, and is put back.
    await must(control.lift(holdOf(cutover, index), ACT_TIMEOUT_MS));
    await must(control.takeGuard(ACT_TIMEOUT_MS));
    await must(control.writeCanary(ACT_TIMEOUT_MS));
    await forgetDemotion(session, cutover, index);
    const answers = seen[index]?.new.role !== 'unreachable';
    if (mayHaveCounted(session, cutover.direction, index, holdOf(cutover, index)))
      if (!answers || !(await beginAnew(session, cutover.direction, index))) miscounted.push(index);
  }
  // Whoever may be ahead stays in the record until it has begun anew: nothing that it says counts before (I2, I10).
  const left = miscounted.length > 0 ? { miscounted } : {};
  await session.mustApply({ kind: 'undone', pausedMs: failure.pausedMs(), ...left });
}

/** Its config file may have been told that it follows. The writes are back: nobody waits for this any more. */
async function forgetDemotion(session: Session, cutover: Cutover, index: number): Promise<void> {
  if (cutover.order !== 'demote-first') return;
  const control = await session.control(index, oldSide(cutover.direction), ACT_TIMEOUT_MS);
  const written = await control.rewriteConfig(ACT_TIMEOUT_MS);
  if (written.kind === 'unknown') throw new Error(written.why);
  if (written.kind === 'refused')
    session.log.warn({ why: written.why }, 'CONFIG REWRITE failed after undoing');
}

/** Past the point of no return: what proved that everything arrived is looked at once more. */
export async function promote(session: Session, cutover: Cutover, seen: readonly SeenPair[]): Promise<void> {
  const side = newSide(cutover.direction);
  for (const [index, pair] of seen.entries()) {
    if (pair.act !== 'promote') continue;
    const control = await session.control(index, side, ACT_TIMEOUT_MS);
    if (cutover.order === 'demote-first') {
      const offset = cutover.offsets[index]?.final ?? Number.POSITIVE_INFINITY;
      const seen = await control.reached({ kind: 'offset', offset }, ACT_TIMEOUT_MS);
      if (!seen.reached) throw new Error(`offset ${seen.offset} of ${offset}`);
    } else if (
      !sameRun(control.runId, runBefore(session, index, side)) ||
      pair.new.observed?.loading !== false
    ) {
      // It had everything when `promoting` was recorded, and nobody has written since. Its offset tells nothing
      // any more: a link that breaks under the password begins a new count. Another run may have older data.
      throw new Error(`${session.pair(index)[side].name} was restarted, or loads data`);
    }
    await must(control.promote(ACT_TIMEOUT_MS));
  }
}

function runBefore(session: Session, index: number, side: Side): string {
  return identitiesOf(session.migration.state)[index]?.[side].runId ?? '';
}

/** The new sides are primaries: no old side may become a second one, then the fences end. */
export async function finish(session: Session, cutover: Cutover, seen: readonly SeenPair[]): Promise<void> {
  const at = session.now();
  const holds: (Hold | null)[] = [];
  for (const [index, { old }] of seen.entries()) {
    holds.push(await settleOld(session, cutover, index, old));
    const fresh = await session.control(index, newSide(cutover.direction), ACT_TIMEOUT_MS);
    await must(fresh.takeGuard(ACT_TIMEOUT_MS));
  }
  const outcome: CutoverOutcome = {
    direction: cutover.direction,
    attempt: cutover.attempt,
    fencedAt: cutover.beganAt,
    fenceTimeMs: null,
    finalOffsets: finalOffsetsOf(cutover.offsets),
    holds,
    moments: session.migration.pairs.map((_, pair) => ({
      what: 'recovered',
      pair,
      afterMs: at - cutover.beganAt,
      offset: null,
    })),
  };
  await session.mustApply({ kind: 'promoted', outcome, wayBack: wayBackAfter(session, cutover.direction) });
}

/** Gives the hold that may still stand afterwards: for good where nothing else helps, or until the server answers. */
async function settleOld(
  session: Session,
  cutover: Cutover,
  index: number,
  old: SeenServer,
): Promise<Hold | null> {
  const hold = holdOf(cutover, index);
  if (old.role === 'unreachable') return hold.kind === 'pause' ? null : hold;
  try {
    return await withoutWrites(session, cutover, index, old);
  } catch (error) {
    session.assertOwner();
    // A pause ends by itself, and where the old side follows it is read-only already.
    if (hold.kind !== 'pause' || cutover.order !== 'demote-first') throw error;
    session.log.warn({ err: error }, 'the fence could not be lifted');
    return null;
  }
}

/**
 * An old side from which nobody's writes are taken, its fence lifted where that is possible; gives the hold that
 * stays. Past the point of no return only: the order matters, because a lift alone would make a second primary (I1).
 */
export async function withoutWrites(
  session: Session,
  cutover: Cutover,
  index: number,
  old: SeenServer,
  mayFollow = true,
): Promise<Hold | null> {
  const hold = holdOf(cutover, index);
  const control = await session.control(index, oldSide(cutover.direction), ACT_TIMEOUT_MS);
  if (sessionRoute(session, index, cutover.direction).demotion === 'password') {
    if (old.role !== 'held') await must(control.fence(hold, 0, ACT_TIMEOUT_MS));
    return hold;
  }
  const isReplica = old.role === 'follows-peer' || old.role === 'follows-other';
  // What follows a server that may not give it a partial resync would be emptied.
  const isAside = old.role === 'set-aside' || (isReplica && cutover.order === 'demote-first' && mayFollow);
  if (!isAside) await must(control.follow(session.workflow.replication.parkingAddress, ACT_TIMEOUT_MS));
  await must(control.lift(hold, ACT_TIMEOUT_MS));
  return null;
}

/** Recorded before anything was touched. */
export function holdOf(cutover: Cutover, index: number): Hold {
  return cutover.holds[index] ?? { kind: 'pause' };
}

async function must<T>(result: Promise<ActResult<T>>): Promise<T> {
  const settled = await result;
  if (settled.kind === 'done') return settled.value;
  throw new Error(settled.why);
}
