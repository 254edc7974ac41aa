// The load as its users hold it: numbered writers, the pair that watches both sides, and the accounting.
// One thread, one clock. The sandbox runs it in a worker thread; tests and measurements run it in process.

import { missingFrom } from './number-set.ts';
import { type Address, ask } from './resp.ts';
import { SidePair } from './side-pair.ts';
import { type Side, SideJudge, type Stamp } from './sides.ts';
import { Writer, type WriterKind } from './writer.ts';

export interface LoadOptions {
  readonly old: Address;
  readonly new: Address;
  /** In total, shared evenly. Default 2,000. */
  readonly perSecond?: number;
  /** Default: one of each kind. */
  readonly kinds?: readonly WriterKind[];
  /** The writer that stays where it was refused, and for how long. Default: none does. */
  readonly stays?: { readonly kind: WriterKind; readonly forMs: number };
  /** Between two batches of one writer. Default 5. */
  readonly everyMs?: number;
  /** What its keys begin with. Default `load`. */
  readonly prefix?: string;
}

export interface LoadFigures {
  readonly acknowledged: number;
  /** The side that takes the writes, as the replies say. */
  readonly holder: Side;
  readonly byOld: number;
  readonly byNew: number;
  /** Answered with an error: not done, and known not to be done. */
  readonly refused: number;
  /** Sent, and the reply was lost: done or not, nobody was told. */
  readonly uncertain: number;
  /** Accepted by a side after the other side had begun to take the writes. */
  readonly wrongSide: number;
  readonly wrongSideExamples: readonly Stamp[];
  /** The same, measured by two writers that never move; null: nobody watched. */
  readonly twoWriters: number | null;
  /** Longest time between two acknowledged writes of a writer that moves. */
  readonly longestGapMs: number;
  /** The longest such time over a switch; null: none happened. What a cutover costs a client that knows both. */
  readonly switchGapMs: number | null;
  /** The side that somebody insists on although it refuses; null: nobody does. */
  readonly stayingOn: Side | null;
  /** Attempts refused to the one that stayed, ever. */
  readonly refusedWhileStaying: number;
}

export interface Account extends LoadFigures {
  /** Acknowledged and not there. */
  readonly lost: number;
  readonly lostExamples: readonly { readonly writer: string; readonly number: number }[];
}

export interface Load {
  figures(): Promise<LoadFigures>;
  /** Announces that the writes go to this side next; the first move away from the old side needs no announcement. */
  expectSwitch(to: Side): Promise<void>;
  /** Begins to watch for two sides that accept at once; call it once the new side follows. */
  watchSides(): Promise<void>;
  unwatchSides(): Promise<void>;
  /** So many times the writes that were asked for at first; 1 is as many. */
  setPace(factor: number): Promise<void>;
  /** Forgets the longest gaps so far. */
  resetGaps(): Promise<void>;
  /** Reads everything acknowledged so far back from the server that should have it. */
  account(at: Address): Promise<Account>;
  /** Sends nothing more; figures and accounts can still be had. */
  stop(): Promise<void>;
}

const KINDS: readonly WriterKind[] = ['plain', 'multi', 'lua'];
const LOST_EXAMPLES = 10;
const WATCH_EVERY_MS = 2;

export function startLoad(options: LoadOptions): Load {
  const addresses = { old: options.old, new: options.new };
  const prefix = options.prefix ?? 'load';
  const everyMs = options.everyMs ?? 5;
  const kinds = options.kinds ?? KINDS;
  const judge = new SideJudge();
  const writers = kinds.map((kind, i) => {
    const stayMs = options.stays?.kind === kind ? options.stays.forMs : 0;
    const perSecond = (options.perSecond ?? 2_000) / kinds.length;
    const name = `${kind}-${i + 1}`;
    return new Writer({ name, kind, addresses, prefix, perSecond, everyMs, stayMs, judge });
  });
  const pairs: SidePair[] = [];
  let isWatching = false;
  const figures = (): LoadFigures => ({
    ...sum(writers, judge),
    twoWriters: pairs.length === 0 ? null : total(pairs.map((pair) => pair.twoWriters)),
  });
  return {
    figures: async () => figures(),
    async expectSwitch(to) {
      judge.expectSwitch(to);
      for (const pair of pairs) pair.expectSwitch(to);
    },
    async watchSides() {
      if (isWatching) return;
      isWatching = true;
      pairs.push(new SidePair({ addresses, prefix, everyMs: WATCH_EVERY_MS, holder: judge.holder }));
    },
    async unwatchSides() {
      isWatching = false;
      await Promise.all(pairs.map((pair) => pair.stop()));
    },
    async setPace(factor) {
      for (const writer of writers) writer.pace = factor;
    },
    async resetGaps() {
      for (const writer of writers) writer.resetGaps();
    },
    account: async (at) => ({ ...(await missing(writers, at)), ...figures() }),
    async stop() {
      await Promise.all([...writers, ...pairs].map((each) => each.stop()));
    },
  };
}

function sum(writers: readonly Writer[], judge: SideJudge): Omit<LoadFigures, 'twoWriters'> {
  return {
    acknowledged: total(writers.map((writer) => writer.acknowledged.size)),
    holder: judge.holder,
    byOld: total(writers.map((writer) => writer.by.old)),
    byNew: total(writers.map((writer) => writer.by.new)),
    refused: total(writers.map((writer) => writer.refused)),
    uncertain: total(writers.map((writer) => writer.uncertain.size)),
    wrongSide: judge.wrong,
    wrongSideExamples: judge.examples,
    longestGapMs: Math.max(0, ...writers.map((writer) => writer.longestGapMs)),
    switchGapMs: longest(writers.map((writer) => writer.switchGapMs)),
    stayingOn: writers.map((writer) => writer.stayingOn).find((side) => side !== null) ?? null,
    refusedWhileStaying: total(writers.map((writer) => writer.refusedWhileStaying)),
  };
}

/** What was acknowledged before this began is read back, piece by piece. */
async function missing(
  writers: readonly Writer[],
  at: Address,
): Promise<Pick<Account, 'lost' | 'lostExamples'>> {
  const wanted = writers.flatMap((writer) =>
    writer.acknowledged.pieces.map((piece) => ({
      writer,
      piece,
      numbers: writer.acknowledged.copyOf(piece),
    })),
  );
  const stored = await ask(
    at,
    wanted.map(({ writer, piece }) => ['GET', writer.keyOf(piece)]),
  );
  const lost = wanted.flatMap(({ writer, piece, numbers }, i) => {
    const there = stored[i];
    const bits = Buffer.isBuffer(there) ? there : new Uint8Array();
    return missingFrom(piece, numbers, bits).map((number) => ({ writer: writer.name, number }));
  });
  return { lost: lost.length, lostExamples: lost.slice(0, LOST_EXAMPLES) };
}

function longest(gaps: readonly (number | null)[]): number | null {
  const known = gaps.filter((gap) => gap !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
