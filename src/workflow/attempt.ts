// One cutover attempt from the gates to its end: promoted, undone, or a question to a person.

import type { Direction } from '../migration/cutover.ts';
import { FerryError, sentence } from '../migration/errors.ts';
import type { PairIdentity } from '../migration/migration.ts';
import { runCutover } from './cutover.ts';
import { type Gates, passGates } from './gates.ts';
import { recoverCutover } from './recovery.ts';
import { LEASE_MS, type Session } from './session.ts';

/** null: the attempt was made, whatever its end, or a wish goes first; otherwise why it could not begin. Nothing was touched then. */
export async function attemptCutover(
  session: Session,
  direction: Direction,
  identities: readonly PairIdentity[],
): Promise<string | null> {
  const { id, policy, rehearsal } = session.migration;
  if (rehearsal !== null) throw new FerryError('rehearsal', `${id} is a rehearsal: it is never cut over.`);
  const gates = await tryGates(session, direction, identities);
  if (gates.kind === 'held') {
    session.leaseMs = LEASE_MS;
    return gates.reason;
  }
  const { fenceMs } = policy.cutover;
  const { order, pairs } = gates;
  const deadline = session.now() + fenceMs;
  const holds = pairs.map(({ hold }) => hold);
  // A Hold, Deny or Abort that came in while the gates were read goes first (I4): the next tick folds it in.
  const begun = await session.applyUnlessWished({ kind: 'cutover-begun', deadline, order, holds });
  if (begun !== 'applied') {
    session.leaseMs = LEASE_MS;
    return begun === 'wished' ? null : 'the approvals do not hold any more';
  }
  const attempt = session.migration.cutoverAttempts;
  const result = await runCutover(session, pairs, { direction, order, fenceMs, attempt });
  if (result.kind === 'failed') {
    session.log.warn({ reason: result.reason }, 'the cutover attempt failed');
    await recoverCutover(session, { reason: result.reason, pausedMs: result.fenceClock });
  }
  session.leaseMs = LEASE_MS;
  return null;
}

/** A server that does not answer holds the cutover with its reason, like any other gate (I10, I13). */
async function tryGates(
  session: Session,
  direction: Direction,
  identities: readonly PairIdentity[],
): Promise<Gates> {
  try {
    return await passGates(session, direction, identities);
  } catch (error) {
    session.assertOwner();
    if (!(error instanceof FerryError)) throw error;
    return { kind: 'held', reason: sentence(error) };
  }
}
