// watching: the roles are made to last, clients are switched, the way back is kept open as long as it is
// true, and whoever still talks to the old server is shown. Ends by Revert, Complete or the window's end.

import type { Event } from '../../migration/events.ts';
import { sameRun } from '../../migration/instance.ts';
import type { Watching, WayBack } from '../../migration/migration.ts';
import { mayBeAhead } from '../../migration/phases/miscounted.ts';
import { type PairObservation, totalKeys } from '../../migration/progress.ts';
import { attemptCutover } from '../attempt.ts';
import { ended, keepRoles, parkForGood, parkFormer, putBack, takeOffRest } from '../closing.ts';
import { callSwitch, isHookOpen, settledHook } from '../hooking.ts';
import type { Notes } from '../notes.ts';
import { CONTROL_TIMEOUT_MS, type Session } from '../session.ts';
import { endByHand } from './ending-by-hand.ts';
import { keepLock, observePair } from './observing.ts';
import { onlyPrimary } from './only-primary.ts';
import { closeRelays } from './relaying.ts';
import { restartedSource } from './restarted-source.ts';
import { happened, lookAgain, type Step, type StepResult } from './step.ts';
import { streamRefused } from './stream-refused.ts';

const LOOK_MS = 1_000;
const OLD_CLIENTS_EVERY_MS = 10_000;
const GUARD_EVERY_MS = 3_600_000;
const TOLERATED_LOOKS = 3;
/** The way back is closed while this share of the backlog is still left: a full resync must never start. */
const BACKLOG_RESERVE = 0.25;

export const watching: Step<'watching'> = async (session, state, notes) => {
  closeRelays(session, notes);
  if (state.byHand !== null) return ended(session, notes, () => endByHand(session, 'source'));
  if (state.switchHook === null) callSwitch(session, notes, 'forward', state.outcome.attempt);
  await keepRoles(session, notes);
  const outcome = settledHook(notes);
  if (outcome !== null) return happened({ kind: 'hook-ran', outcome });
  if (!isHookOpen(notes)) await endOldClients(session, notes);
  if (state.closing !== null) return ended(session, notes, () => close(session, notes));
  if (state.revertBy !== null) return revert(session, state, notes);
  await renewGuard(session, notes);
  for (const index of session.migration.pairs.keys()) {
    await keepLock(session, index, notes, 'target');
    const observation = await observePair(session, index, notes, 'back');
    if (observation.source?.role.kind === 'replica') await takeOffRest(session, index, 'source', notes);
    const event =
      (await restartedSource(session, index, state, observation, notes)) ??
      (await wayBack(session, state, observation, index, notes));
    if (event !== null) return happened(event);
  }
  const refused = streamRefused(state, notes);
  if (refused !== null) return happened(refused);
  const gone = await oldClients(session, state, notes);
  if (gone) return happened({ kind: 'old-clients-gone' });
  if (session.now() >= state.until) return happened({ kind: 'window-ended' });
  return lookAgain(LOOK_MS);
};

/** Connections closed if the policy says so, once an owner, after the hook told clients where to go. */
async function endOldClients(session: Session, notes: Notes): Promise<void> {
  const { policy } = session.migration;
  if (!policy.cutover.disconnectOldClients || !notes.once('old-clients-ended')) return;
  for (const index of session.migration.pairs.keys()) {
    const control = await session.control(index, 'source');
    const ended = await control.endOrdinaryClients(CONTROL_TIMEOUT_MS);
    session.log.info({ ended: ended.kind === 'done' ? ended.value : ended.why }, 'old clients disconnected');
  }
}

async function close(session: Session, notes: Notes): Promise<Event | null> {
  for (const index of session.migration.pairs.keys()) {
    const asked = await onlyPrimary(session, index, 'source', notes);
    if (asked !== null) return asked;
  }
  notes.leftToDo ??= await parkForGood(session, 'source');
  // What the hook did belongs into the report.
  if (isHookOpen(notes)) return null;
  await putBack(session, ['target']);
  return { kind: 'closed', leftToDo: notes.leftToDo };
}

async function revert(session: Session, state: Watching, notes: Notes): Promise<StepResult> {
  for (const index of session.migration.pairs.keys()) {
    await takeOffRest(session, index, 'source', notes);
    await observePair(session, index, notes, 'back');
  }
  // The click said what is lost: what was refused since then takes another one (I2).
  const refused = streamRefused(state, notes);
  if (refused !== null) return happened(refused);
  const held = await attemptCutover(session, 'back', state.identities);
  if (held === null || session.migration.state.phase !== 'watching') return lookAgain(0);
  return happened({ kind: 'gate-held', reason: held });
}

/** The guard has an expiry; it is renewed long before. */
async function renewGuard(session: Session, notes: Notes): Promise<void> {
  if (!notes.isDue('guard', GUARD_EVERY_MS, session.workflow.clock.monotonicMs())) return;
  for (const index of session.migration.pairs.keys()) {
    const control = await session.control(index, 'target');
    await control.takeGuard(CONTROL_TIMEOUT_MS);
  }
}

/** What the way back is now, debounced; parks the source before a full resync could empty it. */
async function wayBack(
  session: Session,
  state: Watching,
  seen: PairObservation,
  index: number,
  notes: Notes,
): Promise<Event | null> {
  const { source } = session.pair(index);
  const danger = dangerToSource(session, state, seen, index);
  if (danger !== null) {
    await parkFormer(session, 'source');
    return changed(state, { state: 'closed', why: danger });
  }
  const restarted = await restartedTarget(session, state, seen, index);
  if (restarted !== null) return restarted;
  // It never was open: why is in the plan, and nothing that the servers do changes it.
  if (state.plan.pairs[index]?.wayBack.possible === false) return null;
  if (seen.source !== null && seen.source.role.kind === 'replica' && seen.source.role.of === 'nobody') {
    return changed(state, {
      state: 'closed',
      why: `${source.name} is parked: it keeps its data and follows nobody`,
    });
  }
  const following = seen.stage === 'online' && seen.lagMs !== null;
  if (following) {
    notes.streak(`back-broken:${index}`, false);
    return state.wayBack.state === 'open' ? null : changed(state, { state: 'open', lagBytes: seen.lagBytes });
  }
  if (notes.streak(`back-broken:${index}`, true) < TOLERATED_LOOKS) return null;
  const why =
    seen.source === null ? `${source.name} does not answer` : `${source.name} does not follow right now`;
  return changed(state, { state: 'closed', why });
}

/** It takes the writes as before, under another run: what is known of it once the source is safe from it. */
async function restartedTarget(
  session: Session,
  state: Watching,
  { source, target }: PairObservation,
  index: number,
): Promise<Event | null> {
  if (source?.role.kind !== 'replica' || source.role.of !== 'nobody') return null;
  if (target === null || target.role.kind !== 'primary' || target.loading) return null;
  const { runId } = target;
  if (sameRun(runId, state.identities[index]?.target.runId ?? '')) return null;
  const holder = await session.workflow.records.lockRunIds(session.owner.uid, [runId]);
  return holder === null ? { kind: 'target-restarted', pair: index, runId } : null;
}

/** Why the source must be taken off before a full resync empties it, in words for the thread; null: no danger. */
export function dangerToSource(
  session: Session,
  state: Watching,
  seen: PairObservation,
  index: number,
): string | null {
  if (seen.source?.role.kind !== 'replica' || seen.source.role.of !== 'peer') return null;
  const { source, target } = session.pair(index);
  if (state.miscounted.includes(index)) return mayBeAhead(session.migration, index);
  // Another history, perhaps an empty one: what comes next, or has begun, is a full resync from it.
  if (seen.target !== null && !sameRun(seen.target.runId, state.identities[index]?.target.runId ?? ''))
    return `${target.name} was restarted and may have lost writes, so ${source.name} was taken off with the ${totalKeys(seen.source.keysByDb)} keys that it holds`;
  if (backlogRunsOut(seen) || fullResyncBegan(seen))
    return `the link to ${source.name} was broken for longer than the backlog lasts, so it was taken off before it lost its data`;
  return null;
}

function backlogRunsOut({ source, target }: PairObservation): boolean {
  if (source === null || target === null || source.role.kind !== 'replica' || source.role.linkUp)
    return false;
  if (target.backlogFirstOffset === null) return true;
  const reserve = target.backlogSizeBytes * BACKLOG_RESERVE;
  const used = target.offset - source.offset;
  return source.offset + 1 < target.backlogFirstOffset || used > target.backlogSizeBytes - reserve;
}

/** The partial resync was refused: what comes next would empty the source. */
function fullResyncBegan({ source, stage }: PairObservation): boolean {
  if (source === null || source.role.kind !== 'replica' || source.role.of !== 'peer') return false;
  return stage === 'waiting' || stage === 'transferring' || stage === 'loading';
}

function changed(state: Watching, wayBack: WayBack): Event | null {
  const same =
    state.wayBack.state === wayBack.state &&
    (wayBack.state === 'open' || (state.wayBack.state === 'closed' && state.wayBack.why === wayBack.why));
  return same ? null : { kind: 'way-back-changed', wayBack };
}

/** true: the last one has just left. */
async function oldClients(session: Session, state: Watching, notes: Notes): Promise<boolean> {
  if (!notes.isDue('old-clients', OLD_CLIENTS_EVERY_MS, session.workflow.clock.monotonicMs())) return false;
  try {
    const seen = await session.workflow.servers.ordinaryClients(session.pair(0), 'source');
    notes.oldClients = seen;
    return seen !== null && seen.count === 0 && state.oldClientsGoneAt === null;
  } catch (error) {
    // Not known is not gone (I10).
    session.log.debug({ err: error }, 'the old clients could not be listed');
    notes.oldClients = null;
    return false;
  }
}
