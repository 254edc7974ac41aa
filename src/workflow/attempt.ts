// One cutover attempt from the gates to its end: promoted, undone, or a question to a person.

import type { Direction } from '../migration/cutover.ts';
import type { PairIdentity } from '../migration/migration.ts';
import { runCutover } from './cutover.ts';
import { passGates } from './gates.ts';
import { recoverCutover } from './recovery.ts';
import { LEASE_MS, type Session } from './session.ts';

/** null: the attempt was made, whatever its end; otherwise why it could not begin. Nothing was touched then. */
export async function attemptCutover(
  session: Session,
  direction: Direction,
  identities: readonly PairIdentity[],
): Promise<string | null> {
  const { policy } = session.migration;
  const gates = await passGates(session, direction, identities);
  if (gates.kind === 'held') {
    session.leaseMs = LEASE_MS;
    return gates.reason;
  }
  const { fenceMs } = policy.cutover;
  const deadline = session.now() + fenceMs;
  if (!(await session.apply({ kind: 'cutover-begun', deadline })))
    return 'the approvals do not hold any more';
  const attempt = session.migration.cutoverAttempts;
  const result = await runCutover(session, direction, gates.controls, { fenceMs, attempt });
  if (result.kind === 'failed') {
    session.log.warn({ reason: result.reason }, 'the cutover attempt failed');
    await recoverCutover(session, { reason: result.reason, pausedMs: result.fenceClock });
  }
  session.leaseMs = LEASE_MS;
  return null;
}
