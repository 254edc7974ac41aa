// A source that is a primary again after it gave its writes away: parked at once where it merely was restarted and the
// target takes the writes, else left alone, and that is in the record, so that nothing sets it aside later.

import type { Watching } from '../../migration/migration.ts';
import type { Notes } from '../notes.ts';
import { lookBeforeParking } from '../parking.ts';
import type { Session } from '../session.ts';

/** Looks in a row, a second apart, before a server that does not answer is asked about. */
export const TOLERATED_LOOKS = 3;

/**
 * may-park: it was restarted, and the target is the primary
 * waits: the target does not answer, which may pass
 * left: it stays a primary; the record says so
 */
export type Standing = 'may-park' | 'waits' | 'left';

export async function standingOf(
  session: Session,
  index: number,
  from: Watching,
  isRestarted: boolean,
  notes: Notes,
): Promise<Standing> {
  // Made a primary without a restart: a person did that, perhaps because the target died. Ferry does not fight.
  if (!isRestarted || from.stoodDown.includes(index)) {
    await standDown(session, index, true);
    return 'left';
  }
  const { parking } = await lookBeforeParking(session, index, 'source');
  const waits = `not-parked:${index}`;
  if (parking === 'wait' && notes.streak(waits, true) < TOLERATED_LOOKS) return 'waits';
  notes.streak(waits, false);
  if (parking === 'park' || parking === 'harmless') return 'may-park';
  await standDown(session, index, true);
  return 'left';
}

/** Recorded once; a source that is a replica again is looked after as before. */
export async function standDown(session: Session, index: number, isDown: boolean): Promise<void> {
  const { state } = session.migration;
  const from = state.phase === 'needs-human' ? state.from : state;
  if (from.phase !== 'watching' || from.stoodDown.includes(index) === isDown) return;
  await session.apply({ kind: 'stood-down', pair: index, isDown });
}
