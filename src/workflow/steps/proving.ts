// What a look has to find at the target, so that "following" is proved and not believed: the source's offset or,
// where there are no offsets, a canary written a moment before.

import type { Canary } from '../ports.ts';
import { sessionRoute } from '../routing.ts';
import { CONTROL_TIMEOUT_MS, type Session } from '../session.ts';
import type { StreamNotes } from '../stream-notes.ts';

const CANARY_EVERY_MS = 1_000;
/** A canary that does not arrive is looked for this long; it lives longer than that. */
const LOOKED_FOR_MS = 30_000;

/** null: nothing was written, so nothing is proved by this look. */
export async function proofOf(
  session: Session,
  index: number,
  stream: StreamNotes,
  linkUp: boolean,
): Promise<'offsets' | Canary | null> {
  if (sessionRoute(session, index, 'forward').proof === 'offset') return 'offsets';
  if (!linkUp) return null;
  const ageMs = session.workflow.clock.monotonicMs() - (stream.canary?.sent.sentMs ?? 0);
  if (stream.canary !== null) {
    // One that is late is waited for: a new one each time would never be seen.
    const late = stream.canary.lagMs === null;
    if (late && ageMs < LOOKED_FOR_MS) return stream.canary.sent;
    if (!late && ageMs < CANARY_EVERY_MS) return null;
  }
  return writeCanary(session, index, stream);
}

async function writeCanary(session: Session, index: number, stream: StreamNotes): Promise<Canary | null> {
  try {
    const control = await session.control(index, 'source');
    const written = await control.writeCanary(CONTROL_TIMEOUT_MS);
    if (written.kind === 'done') {
      stream.sent(written.value);
      return written.value;
    }
    session.log.warn({ why: written.why }, 'no canary was written');
    if (written.kind === 'unknown') session.drop(index, 'source');
  } catch (error) {
    session.assertOwner();
    session.log.warn({ err: error }, 'no canary was written');
  }
  return null;
}
