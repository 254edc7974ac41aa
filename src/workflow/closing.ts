// The end of a migration on the servers: roles that survive a restart, the former primary parked,
// settings put back, Ferry's keys removed (I1, I12). Every part may run again after a crash.

import type { Side } from '../migration/instance.ts';
import type { Notes } from './notes.ts';
import { CONTROL_TIMEOUT_MS, type Session } from './session.ts';
import { restoreSettings } from './settings.ts';

/** CONFIG REWRITE on both sides where a config file is in use, so that a restart keeps the roles (I1). */
export async function keepRoles(session: Session, notes: Notes): Promise<void> {
  for (const index of session.migration.pairs.keys()) {
    for (const side of ['source', 'target'] as const) {
      if (notes.has(`rewritten:${index}:${side}`)) continue;
      const control = await session.control(index, side);
      const written = await control.rewriteConfig(CONTROL_TIMEOUT_MS);
      if (written.kind === 'done') notes.once(`rewritten:${index}:${side}`);
      else session.log.warn({ side, why: written.why }, 'CONFIG REWRITE failed; it is tried again');
    }
  }
}

/**
 * Points the former primary at an address where nobody listens: it stays read-only and keeps its data,
 * and no full resync can ever empty it.
 */
export async function parkFormer(session: Session, side: Side): Promise<void> {
  const { parkingAddress } = session.workflow.replication;
  for (const index of session.migration.pairs.keys()) {
    const control = await session.control(index, side);
    const parked = await control.follow(parkingAddress, CONTROL_TIMEOUT_MS);
    if (parked.kind !== 'done') throw new Error(`parking failed: ${parked.why}`);
    const written = await control.rewriteConfig(CONTROL_TIMEOUT_MS);
    if (written.kind !== 'done')
      session.log.warn({ side, why: written.why }, 'CONFIG REWRITE failed after parking');
  }
}

/** Settings as they were, then Ferry's own keys off the sides that take writes. The guard goes last. */
export async function putBack(session: Session, writable: readonly Side[]): Promise<void> {
  await restoreSettings(session);
  for (const index of session.migration.pairs.keys()) {
    for (const side of writable) {
      const control = await session.control(index, side);
      const removed = await control.removeOwnKeys(CONTROL_TIMEOUT_MS);
      if (removed.kind !== 'done')
        session.log.warn({ side, why: removed.why }, "Ferry's keys expire by themselves");
    }
  }
}
