// What one owner remembers about the stream of one pair: the transfer that runs, the canary under way, and when
// something last arrived. A successor begins without it.

import { type Flow, silenceOf, watchFlow } from '../migration/flow.ts';
import type { PairObservation } from '../migration/progress.ts';
import {
  awaitTransfer,
  type EndedTransfer,
  followTransfer,
  type TransferTrack,
} from '../migration/resync.ts';
import type { Explained, TransferLimits } from '../migration/resync-cause.ts';
import type { CostsSeen } from '../migration/transfer-costs.ts';
import type { Canary } from './ports.ts';

export class StreamNotes {
  #track: TransferTrack | null = null;
  #flow: Flow | null = null;
  #canary: { readonly sent: Canary; readonly lagMs: number | null } | null = null;
  /** A transfer that began anew and was not told yet. */
  ended: EndedTransfer | null = null;
  /** The limits as they were last read: a server that loads does not tell them. */
  limits: TransferLimits | null = null;
  explained: Explained | null = null;
  /** What the transfer that runs has cost so far; null: nothing was seen of it. */
  costs: CostsSeen | null = null;
  silence: string | null = null;
  /** Nothing arrived since the look before: too early to say so. */
  quiet = false;
  /** The silence that lasts was said. */
  silenceTold = false;

  /** The target is being pointed: the next transfer is the one that was asked for. */
  pointed(): void {
    this.#track = awaitTransfer(this.#track);
    this.#flow = null;
    this.#canary = null;
    this.ended = null;
  }

  /** The canary that was sent last; `lagMs`: it was seen so long after, null: not yet. */
  get canary(): { readonly sent: Canary; readonly lagMs: number | null } | null {
    return this.#canary;
  }

  sent(canary: Canary): void {
    this.#canary = { sent: canary, lagMs: null };
  }

  /**
   * One more look, with what was looked for: `offsets`, this canary, or nothing. Gives what the look shows: the
   * figure of a canary that has arrived stands until the next one, and a silent link says so.
   */
  see(look: PairObservation, wanted: 'offsets' | Canary | null, nowMs: number): PairObservation {
    const { track, ended } = followTransfer(this.#track, look);
    this.#track = track;
    this.ended = ended ?? this.ended;
    if (look.stage !== 'online') this.#canary = null;
    if (wanted !== null && wanted !== 'offsets' && look.lagMs !== null)
      this.#canary = { sent: wanted, lagMs: look.lagMs };
    const lagMs = wanted === null ? (this.#canary?.lagMs ?? null) : look.lagMs;
    const proven = { ...look, lagMs };
    const before = this.#flow;
    this.#flow = watchFlow(before, proven, wanted !== null, nowMs);
    this.quiet = this.#flow !== null && this.#flow === before;
    this.silence = silenceOf(this.#flow, nowMs);
    if (this.silence === null && lagMs !== null) this.silenceTold = false;
    return this.silence === null ? proven : { ...proven, linkTrouble: this.silence };
  }
}
