// Two writers of their own, one a side, who never move: looks for an instant at which both sides accept.
// Start it once the new side follows; before that it is an ordinary primary, and a write would be foreign there.

import { setTimeout as delay } from 'node:timers/promises';
import { type Address, isError, RespClient } from './resp.ts';
import { type Side, SideJudge, type Stamp } from './sides.ts';

const RECONNECT_MS = 20;
/** Longer than any fence lasts. */
const STOP_WITHIN_MS = 6_000;

export interface SidePairOptions {
  readonly addresses: Readonly<Record<Side, Address>>;
  readonly prefix: string;
  readonly everyMs: number;
  /** Who takes the writes when it starts. */
  readonly holder: Side;
}

export class SidePair {
  readonly #judge: SideJudge;
  readonly #finished: Promise<unknown>;
  readonly #clients = new Map<Side, RespClient>();
  #isStopped = false;

  constructor(options: SidePairOptions) {
    this.#judge = new SideJudge(options.holder);
    this.#finished = Promise.all([this.#insist('old', options), this.#insist('new', options)]);
  }

  /** Writes accepted by one side that were sent after the other side had accepted. */
  get twoWriters(): number {
    return this.#judge.wrong;
  }

  get examples(): readonly Stamp[] {
    return this.#judge.examples;
  }

  expectSwitch(to: Side): void {
    this.#judge.expectSwitch(to);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const late = setTimeout(() => {
      for (const client of this.#clients.values()) client.close();
    }, STOP_WITHIN_MS);
    await this.#finished;
    clearTimeout(late);
  }

  async #insist(side: Side, { addresses, prefix, everyMs }: SidePairOptions): Promise<void> {
    const writer = `probe-${side}`;
    for (let number = 0; !this.#isStopped; number += 1) {
      try {
        const client = await this.#connected(side, addresses[side]);
        const sentAt = performance.now();
        const reply = await client.send('SET', `${prefix}:${writer}`, String(number));
        if (!isError(reply)) {
          this.#judge.saw({ writer, number, side, sentAt, ackedAt: performance.now() });
        }
        await delay(everyMs);
      } catch {
        await delay(RECONNECT_MS);
      }
    }
    this.#clients.get(side)?.close();
  }

  async #connected(side: Side, address: Address): Promise<RespClient> {
    const known = this.#clients.get(side);
    if (known?.isOpen === true) return known;
    const client = await RespClient.open(address, `probe-${side}`);
    this.#clients.set(side, client);
    return client;
  }
}
