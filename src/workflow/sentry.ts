// Watches over the former primary between the looks of the ticks: a server that is restarted without a config file
// comes back as a primary, and each millisecond in which nobody sets it aside is one in which it takes writes (I1).
// Asks nothing while the connection to it stands; what it saw is kept for the next tick, which decides what it means.

import { sameRun } from '../migration/instance.ts';
import type { Watching } from '../migration/migration.ts';
import type { ServerObservation } from '../migration/progress.ts';
import { parkFormer } from './closing.ts';
import { seeServer } from './roles.ts';
import type { Session } from './session.ts';

/** While the connection stands, which costs the server nothing, and from the cutover on. */
const CLOSE_LOOK_MS = 20;
/** After it broke: a server that is being started refuses a connection at once. */
const SHARP_LOOK_MS = 5;
const PATIENCE_MS = 60_000;
/** For a server that is away for longer than that, or that refuses what is asked of it. */
const FAR_LOOK_MS = 500;
/** While there is no former primary. */
const IDLE_MS = 250;

export class Sentry {
  /** Per pair: a restarted primary as it was seen before it was set aside. */
  readonly #taken = new Map<number, ServerObservation>();
  /** Per pair: since when the connection is gone, monotonic ms. */
  readonly #lostMs = new Map<number, number>();

  /** What was set aside since the last time it was asked for; null: nothing. */
  taken(index: number): ServerObservation | null {
    const seen = this.#taken.get(index) ?? null;
    this.#taken.delete(index);
    return seen;
  }

  /** Until the session ends. Never throws: a tick does the same, only later. */
  async watch(session: Session): Promise<void> {
    const { clock } = session.workflow;
    while (!session.signal.aborted) {
      const waitMs = await this.#look(session);
      await clock.sleep(waitMs, session.signal).catch(() => undefined);
    }
  }

  async #look(session: Session): Promise<number> {
    const watching = watchingOf(session);
    if (watching === null) {
      this.#lostMs.clear();
      return session.migration.state.phase === 'cutting-over' ? CLOSE_LOOK_MS : IDLE_MS;
    }
    let waitMs = SHARP_LOOK_MS;
    for (const index of session.migration.pairs.keys()) {
      try {
        waitMs = Math.max(waitMs, await this.#lookAt(session, watching, index));
      } catch (error) {
        waitMs = FAR_LOOK_MS;
        session.log.debug({ err: error }, 'the former primary was not looked at');
      }
    }
    return waitMs;
  }

  async #lookAt(session: Session, watching: Watching, index: number): Promise<number> {
    if (session.openControl(index, 'source') !== null) {
      this.#lostMs.delete(index);
      return CLOSE_LOOK_MS;
    }
    const now = session.workflow.clock.monotonicMs();
    const lostMs = this.#lostMs.get(index) ?? now;
    this.#lostMs.set(index, lostMs);
    const { observed } = await seeServer(session, index, 'source');
    if (observed === null || observed.loading)
      return now - lostMs > PATIENCE_MS ? FAR_LOOK_MS : SHARP_LOOK_MS;
    const restarted = !sameRun(observed.runId, watching.identities[index]?.source.runId ?? '');
    const isPrimary = observed.role.kind === 'primary' && !observed.held;
    if (restarted && isPrimary) {
      await parkFormer(session, 'source');
      this.#taken.set(index, observed);
      session.log.warn({ pair: index }, 'the former primary came back as a primary and was set aside');
    } else {
      // A connection that stands tells of the next restart at once.
      await session.control(index, 'source');
    }
    return CLOSE_LOOK_MS;
  }
}

/** null: there is no former primary to look after, or it is about to get its writes back. */
function watchingOf(session: Session): Watching | null {
  const { state } = session.migration;
  const from = state.phase === 'needs-human' ? state.from : state;
  return from.phase === 'watching' && from.revertBy === null ? from : null;
}
