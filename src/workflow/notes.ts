// What one owner remembers between ticks: streaks, rates, a verification under way. Never the truth:
// a successor starts with empty notes and sees everything again.

import { etaOf, smoothRate, transferRate } from '../migration/eta.ts';
import type { HookOutcome } from '../migration/migration.ts';
import type { LiveFigures, LivePair, OldClient, PairObservation } from '../migration/progress.ts';
import type { VerificationResult } from '../migration/verification.ts';
import { StreamNotes } from './stream-notes.ts';

interface PairNotes {
  last: PairObservation | null;
  rate: number | null;
  stageSince: number;
}

export type VerificationRun =
  | { readonly kind: 'running'; readonly abort: AbortController }
  | { readonly kind: 'finished'; readonly result: VerificationResult }
  | { readonly kind: 'failed'; readonly error: unknown; readonly at: number };

export class Notes {
  readonly #pairs = new Map<number, PairNotes>();
  readonly #streams = new Map<number, StreamNotes>();
  /** Looks in a row that showed the same thing, by name. */
  readonly #streaks = new Map<string, number>();
  /** When something was last done, by name, monotonic ms. */
  readonly #doneAt = new Map<string, number>();
  verification: VerificationRun | null = null;
  verificationProgress: LiveFigures['verification'] = null;
  /** The owner before did not hand over, and the thread was not told yet; when it last looked, epoch ms. */
  takenOver: { readonly lastSeenAt: number | null } | null = null;
  /** The round in which the hook before the cutover agreed. */
  hookAgreed: number | null = null;
  /** The switch hook beside the ticks: how many calls have not ended, and what the record does not have yet. */
  readonly switchCalls: { last: Promise<void>; running: number; readonly outcomes: HookOutcome[] } = {
    last: Promise.resolve(),
    running: 0,
    outcomes: [],
  };
  /** The former primary was parked for good: what that left for people to do; null: not yet. */
  leftToDo: readonly string[] | null = null;
  oldClients: { readonly clients: readonly OldClient[]; readonly count: number } | null = null;

  /** Counts a streak: how many looks in a row `seen` was true, this one included. */
  streak(name: string, seen: boolean): number {
    const count = seen ? (this.#streaks.get(name) ?? 0) + 1 : 0;
    this.#streaks.set(name, count);
    return count;
  }

  clearStreaks(): void {
    this.#streaks.clear();
  }

  /** Is it time to do something again? Marks it as done now if so. */
  isDue(name: string, everyMs: number, nowMs: number): boolean {
    const last = this.#doneAt.get(name);
    if (last !== undefined && nowMs - last < everyMs) return false;
    this.#doneAt.set(name, nowMs);
    return true;
  }

  has(name: string): boolean {
    return this.#doneAt.has(name);
  }

  /** true the first time only. */
  once(name: string): boolean {
    if (this.has(name)) return false;
    this.#doneAt.set(name, 0);
    return true;
  }

  stream(index: number): StreamNotes {
    const stream = this.#streams.get(index) ?? new StreamNotes();
    this.#streams.set(index, stream);
    return stream;
  }

  /** The last look at a pair; null: none yet. */
  lastLook(index: number): PairObservation | null {
    return this.#pairs.get(index)?.last ?? null;
  }

  see(index: number, observation: PairObservation): void {
    const before = this.#pairs.get(index) ?? { last: null, rate: null, stageSince: observation.at };
    const sameStage = before.last?.stage === observation.stage;
    this.#pairs.set(index, {
      last: observation,
      rate: sameStage ? smoothRate(before.rate, transferRate(before.last, observation)) : null,
      stageSince: sameStage ? before.stageSince : observation.at,
    });
  }

  live(at: number, latency: LiveFigures['latency']): LiveFigures {
    const pairs = [...this.#pairs.entries()]
      .sort(([a], [b]) => a - b)
      .flatMap(([, pair]): LivePair[] =>
        pair.last === null
          ? []
          : [{ observation: pair.last, bytesPerSecond: pair.rate, eta: etaOf(pair.last, pair.stageSince) }],
      );
    return {
      at,
      pairs,
      verification: this.verificationProgress,
      oldClients: this.oldClients?.clients ?? null,
      oldClientCount: this.oldClients?.count ?? null,
      latency,
    };
  }

  stopVerification(): void {
    if (this.verification?.kind === 'running') this.verification.abort.abort();
    this.verification = null;
    this.verificationProgress = null;
  }
}
