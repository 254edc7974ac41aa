// Writes junk until used_memory is what was asked for, in rounds of which a few are always on their way. Each round
// first reserves its numbers, so that whoever goes on after a lost worker never writes a number twice.

import { FerryError } from '../../migration/errors.ts';
import type { FillOutcome, FillProgress } from '../../migration/task.ts';
import type { TaskWatch } from '../../workflow/ports.ts';
import { nextNumber } from './counter.ts';
import { type Round, sendRound } from './round.ts';
import type { Ground } from './scratch.ts';

const MB = 1024 ** 2;
/** Content of one round: small enough that a worker that puts it together keeps nobody else waiting. */
const ROUND_BYTES = MB / 4;
const LEAST_ROUND_BYTES = 16 * 1024;
/** Rounds on their way at once: the server never waits for the next one. */
const DEPTH = 8;
/** What is left free below maxmemory: the hash tables grow in leaps, and clients need their buffers. */
const SPARE_SHARE = 0.05;
const LEAST_SPARE_BYTES = 8 * MB;
/** More than this part of a machine's memory no data set should have: there are buffers, and copies while it saves. */
const MACHINE_SHARE = 0.9;
/** used_memory grows by about this for each byte of content, until it was measured. */
const GROWTH = 1.3;
const MEASURED_FROM_BYTES = 8 * MB;
const TELL_EVERY_MS = 1_000;

/** As `Scratch.fill` says. */
export async function fill(
  ground: Ground,
  targetBytes: number,
  watch: TaskWatch<FillProgress>,
): Promise<FillOutcome> {
  assertMachineHolds(ground, targetBytes);
  const { maxMemoryBytes } = ground;
  const goalBytes = Math.min(targetBytes, limitOf(maxMemoryBytes));
  const tally = new Tally(ground, goalBytes, watch);
  const rounds: Round[] = [];
  let number = await nextNumber(ground.connection);
  try {
    for (;;) {
      watch.goOn();
      const leftBytes = tally.leftBytes;
      const oldest = rounds[0];
      if (oldest !== undefined && (leftBytes <= 0 || rounds.length >= DEPTH)) {
        rounds.shift();
        await tally.settle(oldest);
      } else if (leftBytes <= 0) {
        break;
      } else {
        // Half of what is missing at most: the last rounds grow smaller, and little is written too much.
        const wanted = Math.min(ROUND_BYTES, Math.max(LEAST_ROUND_BYTES, leftBytes / tally.growth / 2));
        const round = sendRound(ground, number, wanted);
        number += round.keys;
        tally.sent(round);
        rounds.push(round);
      }
    }
  } finally {
    // What is on its way arrives, whatever else happens; nobody asks for its answer.
    await Promise.allSettled(rounds.map((round) => round.done));
  }
  return tally.outcome(targetBytes);
}

function limitOf(maxMemoryBytes: number): number {
  if (maxMemoryBytes === 0) return Number.POSITIVE_INFINITY;
  return maxMemoryBytes - Math.max(maxMemoryBytes * SPARE_SHARE, LEAST_SPARE_BYTES);
}

/** Counts what came of the rounds. Bytes. */
class Tally {
  readonly #ground: Ground;
  readonly #goalBytes: number;
  readonly #watch: TaskWatch<FillProgress>;
  readonly #startedMs: number;
  #toldMs: number;
  #usedBytes: number;
  #pendingBytes = 0;
  #writtenBytes = 0;
  #keys = 0;
  #isFull = false;

  constructor(ground: Ground, goalBytes: number, watch: TaskWatch<FillProgress>) {
    this.#ground = ground;
    this.#goalBytes = goalBytes;
    this.#watch = watch;
    this.#startedMs = ground.clock.monotonicMs();
    this.#toldMs = this.#startedMs;
    this.#usedBytes = ground.usedBytes;
  }

  /** What used_memory still has to grow by, what is on its way counted as there. */
  get leftBytes(): number {
    return this.#isFull ? 0 : this.#goalBytes - this.#usedBytes - this.#pendingBytes * this.growth;
  }

  /** Bytes of used_memory for a byte of content. */
  get growth(): number {
    if (this.#writtenBytes < MEASURED_FROM_BYTES) return GROWTH;
    return Math.min(3, Math.max(1, this.#grownBytes / this.#writtenBytes));
  }

  sent(round: Round): void {
    this.#pendingBytes += round.bytes;
  }

  /** Rejects as the round does. */
  async settle(round: Round): Promise<void> {
    const usedBytes = await round.done;
    this.#pendingBytes -= round.bytes;
    if (usedBytes === null) {
      this.#isFull = true;
      return;
    }
    this.#usedBytes = usedBytes;
    this.#writtenBytes += round.bytes;
    this.#keys += round.keys;
    const now = this.#ground.clock.monotonicMs();
    if (now - this.#toldMs < TELL_EVERY_MS) return;
    this.#toldMs = now;
    this.#watch.onProgress({
      task: 'fill',
      usedBytes,
      goalBytes: this.#goalBytes,
      keys: this.#keys,
      bytesPerSecond: this.#bytesPerSecond,
    });
  }

  outcome(targetBytes: number): FillOutcome {
    const isShort = this.#usedBytes < targetBytes;
    return {
      task: 'fill',
      usedBytes: this.#usedBytes,
      targetBytes,
      keys: this.#keys,
      tookMs: this.#tookMs,
      bytesPerSecond: this.#bytesPerSecond,
      maxMemoryBytes: isShort ? this.#ground.maxMemoryBytes : null,
    };
  }

  get #grownBytes(): number {
    return Math.max(0, this.#usedBytes - this.#ground.usedBytes);
  }

  get #tookMs(): number {
    return this.#ground.clock.monotonicMs() - this.#startedMs;
  }

  get #bytesPerSecond(): number | null {
    return this.#keys === 0 ? null : this.#grownBytes / (this.#tookMs / 1_000);
  }
}

function assertMachineHolds({ name, machineBytes, usedBytes }: Ground, targetBytes: number): void {
  if (machineBytes === null || machineBytes === 0 || targetBytes <= machineBytes * MACHINE_SHARE) return;
  if (targetBytes <= usedBytes) return;
  const gb = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GB`;
  throw new FerryError(
    'machine-too-small',
    `The machine of ${name} has ${gb(machineBytes)} of memory, which cannot hold ${gb(targetBytes)}.`,
    {
      hint: `Name a smaller size: at most ${gb(machineBytes * MACHINE_SHARE)}, and leave room for a snapshot.`,
    },
  );
}
