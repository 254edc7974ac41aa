// Does anything arrive at the target? A link can say "up" while the stream is lost on its way: behind a network
// that went silent, or at a target that took an inline command for damage.

import type { PairObservation } from './progress.ts';

export interface Flow {
  /** Monotonic ms: when something was last known to arrive. */
  readonly arrivedMs: number;
  /** The target's offset then; -1: it has none. */
  readonly offset: number;
}

/** How long nothing may arrive before it is said, ms. */
export const SILENCE_MS = 12_000;
/** A primary pings its replicas every ten seconds, in 14 bytes or so: that much is no stream. */
const PING_BYTES = 100;
const PING_BYTES_PER_SECOND = 3;

/**
 * One more look, taken at `nowMs`. `asked`: something was written, and looked for at the target. A target that
 * is late but applies what comes is not silent: its offset moves.
 */
export function watchFlow(
  before: Flow | null,
  look: PairObservation,
  asked: boolean,
  nowMs: number,
): Flow | null {
  if (look.stage !== 'online' || look.target === null) return null;
  const { offset } = look.target;
  if (before === null || !asked || look.lagMs !== null) return { arrivedMs: nowMs, offset };
  const pings = PING_BYTES + (PING_BYTES_PER_SECOND * (nowMs - before.arrivedMs)) / 1_000;
  return offset > before.offset + pings ? { arrivedMs: nowMs, offset } : before;
}

/** What to say about the link; null: it flows, or it is too early to tell. */
export function silenceOf(flow: Flow | null, nowMs: number): string | null {
  const silentMs = flow === null ? 0 : nowMs - flow.arrivedMs;
  if (silentMs < SILENCE_MS) return null;
  return `the link says up, but nothing has arrived for ${Math.floor(silentMs / 1_000)} s`;
}
