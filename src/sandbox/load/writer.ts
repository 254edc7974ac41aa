// One client that writes numbered writes and knows both addresses, as a careful application would.
// A write counts only when its reply arrived; one whose reply was lost is uncertain and never repeated.

import { setTimeout as delay } from 'node:timers/promises';
import { NumberSet, PIECE } from './number-set.ts';
import { type Address, isError, LoginRefused, type Reply, RespClient } from './resp.ts';
import { otherSide, type Side, type SideJudge } from './sides.ts';

/** How the writes are sent: single commands, MULTI blocks, Lua scripts. */
export type WriterKind = 'plain' | 'multi' | 'lua';

export interface WriterOptions {
  readonly name: string;
  readonly kind: WriterKind;
  readonly addresses: Readonly<Record<Side, Address>>;
  readonly prefix: string;
  readonly perSecond: number;
  readonly everyMs: number;
  /** How long it stays where it was refused before it leaves; 0: it leaves at once. */
  readonly stayMs: number;
  readonly judge: SideJudge;
}

/** A pause longer than this many writes is not caught up: the load stays steady and batches stay small. */
const MAX_BATCH = 50;
/** How long a server may be gone before the client looks for its data elsewhere. */
const PATIENCE_MS = 500;
/** Between two attempts while neither address takes writes. */
const RETRY_MS = 1;
const RECONNECT_MS = 20;
/** Longer than any fence lasts. */
const STOP_WITHIN_MS = 6_000;

/** What a server says that holds its writes, or has given them up. Redis before 2.8 has no code for the second. */
const TURNED_AWAY = /READONLY|NOPERM|NOAUTH|operation not permitted/;

type Outcome = 'acknowledged' | 'refused' | 'turned-away' | 'lost';

const SCRIPT = "redis.call('SETBIT', KEYS[1], ARGV[1], 1) return redis.call('SET', KEYS[2], ARGV[2])";

export class Writer {
  readonly name: string;
  readonly acknowledged = new NumberSet();
  readonly uncertain = new NumberSet();
  readonly by: Record<Side, number> = { old: 0, new: 0 };
  refused = 0;
  /** So many times the writes of its options. */
  pace = 1;
  /** Longest time between two acknowledged writes, without the times it stayed on purpose. */
  longestGapMs = 0;
  /** The longest such time over a change of sides; null: it never changed sides without staying first. */
  switchGapMs: number | null = null;
  readonly #options: WriterOptions;
  readonly #finished: Promise<void>;
  #client: RespClient | null = null;
  #side: Side = 'old';
  #next = 0;
  #lastAck: { readonly at: number; readonly side: Side } | null = null;
  #staysUntil: number | null = null;
  #refusedWhileStaying = 0;
  #goneSince: number | null = null;
  #hasMovedInVain = false;
  #isStopped = false;

  constructor(options: WriterOptions) {
    this.name = options.name;
    this.#options = options;
    this.#finished = this.#run();
  }

  /** Where it insists on writing although it was refused; null: nowhere. */
  get stayingOn(): Side | null {
    return this.#staysUntil !== null && performance.now() < this.#staysUntil ? this.#side : null;
  }

  /** Every attempt that it made there. */
  get refusedWhileStaying(): number {
    return this.#refusedWhileStaying;
  }

  /** The key that holds a piece of its numbers. */
  keyOf(piece: number): string {
    return `${this.#options.prefix}:${this.name}:${piece}`;
  }

  resetGaps(): void {
    this.longestGapMs = 0;
    this.switchGapMs = null;
  }

  /** Sends nothing more and waits for the replies on their way; those that take too long stay uncertain. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const late = setTimeout(() => this.#client?.close(), STOP_WITHIN_MS);
    await this.#finished;
    clearTimeout(late);
  }

  async #run(): Promise<void> {
    const { everyMs } = this.#options;
    let paidUntil = performance.now();
    let inTrouble = false;
    while (!this.#isStopped) {
      if (!(await this.#connected())) {
        await delay(this.#hasMovedInVain ? RETRY_MS : RECONNECT_MS);
        continue;
      }
      const perSecond = this.#options.perSecond * this.pace;
      const due = Math.floor(((performance.now() - paidUntil) / 1_000) * perSecond);
      if (due < 1 && !inTrouble) {
        await delay(everyMs);
        continue;
      }
      paidUntil = due > MAX_BATCH ? performance.now() : paidUntil + (due / perSecond) * 1_000;
      // A single write finds out whether the trouble is over; the others would only be refused as well.
      const outcome = await this.#write(inTrouble ? 1 : Math.min(due, MAX_BATCH));
      inTrouble = outcome !== 'acknowledged';
      if (outcome === 'acknowledged') await delay(everyMs);
      else await this.#leave(outcome);
    }
    this.#client?.close();
  }

  async #write(count: number): Promise<Outcome> {
    const client = this.#client;
    if (client === null) return 'lost';
    const side = this.#side;
    const numbers = Array.from({ length: count }, (_, i) => this.#next + i);
    this.#next += count;
    const sentAt = performance.now();
    let outcome: Outcome = 'acknowledged';
    await Promise.all(
      this.#send(client, numbers).map(async (replies, i) => {
        const number = numbers[i] ?? 0;
        const settled = await Promise.allSettled(replies);
        const refusals = settled.flatMap((reply) =>
          reply.status === 'fulfilled' ? refusalsIn(reply.value) : [],
        );
        if (settled.at(-1)?.status === 'rejected') {
          this.uncertain.add(number);
          outcome = 'lost';
        } else if (refusals.length === 0) {
          this.#acknowledge({ number, side, sentAt });
        } else {
          this.#refuse();
          outcome = refusals.some((refusal) => TURNED_AWAY.test(refusal)) ? 'turned-away' : 'refused';
        }
      }),
    );
    return outcome;
  }

  /** The replies of each number's write; the last one says whether all of it was done. */
  #send(client: RespClient, numbers: readonly number[]): Promise<Reply>[][] {
    const writes = numbers.map((n) => this.#commandsOf(n));
    const replies = client.pipeline(writes.flat());
    const perWrite = writes[0]?.length ?? 1;
    return writes.map((_, i) => replies.slice(i * perWrite, (i + 1) * perWrite));
  }

  #commandsOf(n: number): string[][] {
    const key = this.keyOf(Math.floor(n / PIECE));
    const offset = String(n % PIECE);
    const last = `${this.#options.prefix}:${this.name}:last`;
    switch (this.#options.kind) {
      case 'plain':
        return [['SETBIT', key, offset, '1']];
      case 'multi':
        return [['MULTI'], ['SETBIT', key, offset, '1'], ['SET', last, String(n)], ['EXEC']];
      case 'lua':
        return [['EVAL', SCRIPT, '2', key, last, offset, String(n)]];
    }
  }

  #acknowledge(write: { number: number; side: Side; sentAt: number }): void {
    const ackedAt = performance.now();
    this.acknowledged.add(write.number);
    this.by[write.side] += 1;
    this.#options.judge.saw({ ...write, writer: this.name, ackedAt });
    if (this.#lastAck !== null) {
      const gapMs = ackedAt - this.#lastAck.at;
      this.longestGapMs = Math.max(this.longestGapMs, gapMs);
      if (this.#lastAck.side !== write.side) this.switchGapMs = Math.max(this.switchGapMs ?? 0, gapMs);
    }
    this.#lastAck = { at: ackedAt, side: write.side };
    this.#staysUntil = null;
    this.#hasMovedInVain = false;
  }

  #refuse(): void {
    this.refused += 1;
    if (this.#staysUntil !== null) this.#refusedWhileStaying += 1;
  }

  /** After a batch that was not accepted: stays, waits, or goes to the other address. */
  async #leave(outcome: Exclude<Outcome, 'acknowledged'>): Promise<void> {
    if (outcome === 'lost') return;
    if (outcome === 'refused') return delay(RECONNECT_MS);
    return this.#turnedAway();
  }

  async #turnedAway(): Promise<void> {
    const { stayMs, everyMs } = this.#options;
    const now = performance.now();
    if (stayMs > 0) {
      this.#staysUntil ??= now + stayMs;
      // The time that it stays is its own choice, no gap.
      this.#lastAck = null;
      if (now < this.#staysUntil) return delay(everyMs);
    }
    const isUndecided = this.#hasMovedInVain;
    this.#move();
    if (isUndecided) await delay(RETRY_MS);
  }

  #move(): void {
    this.#client?.close();
    this.#client = null;
    this.#side = otherSide(this.#side);
    this.#hasMovedInVain = true;
  }

  /** Connects when it must. A side without this writer's mark is no home: its data never arrived there. */
  async #connected(): Promise<boolean> {
    if (this.#client?.isOpen) return true;
    const mark = `${this.#options.prefix}:${this.name}:began`;
    try {
      const client = await RespClient.open(this.#options.addresses[this.#side], `load-${this.name}`);
      this.#client = client;
      const seen = this.#next === 0 ? await client.send('SET', mark, '1') : await client.send('EXISTS', mark);
      if (seen === 'OK' || seen === 1) {
        this.#goneSince = null;
        return true;
      }
      this.#move();
    } catch (error) {
      if (error instanceof LoginRefused && this.#next > 0) {
        this.#refuse();
        await this.#turnedAway();
        return false;
      }
      const now = performance.now();
      this.#goneSince ??= now;
      if (now - this.#goneSince > PATIENCE_MS && this.#next > 0) {
        this.#goneSince = null;
        this.#move();
      }
    }
    return false;
  }
}

/** The server's words wherever it said no, inside a transaction's answer too. */
function refusalsIn(reply: Reply): string[] {
  if (isError(reply)) return [reply.error];
  if (Array.isArray(reply)) return reply.flatMap(refusalsIn);
  return reply === null ? ['the transaction was not executed'] : [];
}
