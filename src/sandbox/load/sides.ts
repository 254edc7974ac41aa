// Who accepted writes, by one clock: tells a switch from two servers that accept at the same time.
// It only accuses when it is certain: a write sent after the other side's reply had arrived.

export type Side = 'old' | 'new';

export interface Stamp {
  readonly writer: string;
  readonly number: number;
  readonly side: Side;
  /** ms of one monotonic clock. */
  readonly sentAt: number;
  readonly ackedAt: number;
}

const EXAMPLES = 10;

export function otherSide(side: Side): Side {
  return side === 'old' ? 'new' : 'old';
}

/**
 * Told of every acknowledged write in the order of the replies. One switch from the side that began is expected;
 * any other has to be announced by `expectSwitch`, or it counts as a write on the wrong side.
 */
export class SideJudge {
  #holder: Side;
  /** The first reply of the side that holds the writes now. */
  #heldSince: number | null = null;
  #expected: Side | null;
  #wrong = 0;
  readonly #examples: Stamp[] = [];

  constructor(holder: Side = 'old') {
    this.#holder = holder;
    this.#expected = otherSide(holder);
  }

  /** The side whose writes are right at this moment. */
  get holder(): Side {
    return this.#holder;
  }

  get wrong(): number {
    return this.#wrong;
  }

  get examples(): readonly Stamp[] {
    return this.#examples;
  }

  /** The writes are about to go to this side: its next accepted write is a switch. */
  expectSwitch(to: Side): void {
    this.#expected = to === this.#holder ? null : to;
  }

  saw(stamp: Stamp): void {
    if (stamp.side === this.#holder) {
      this.#heldSince ??= stamp.ackedAt;
      return;
    }
    if (stamp.side === this.#expected) {
      this.#holder = stamp.side;
      this.#heldSince = stamp.ackedAt;
      this.#expected = null;
      return;
    }
    // Sent before the other side had answered: it may have been done before the switch.
    if (this.#heldSince === null || stamp.sentAt <= this.#heldSince) return;
    this.#wrong += 1;
    if (this.#examples.length < EXAMPLES) this.#examples.push(stamp);
  }
}
