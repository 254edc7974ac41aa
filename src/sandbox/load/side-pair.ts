// Two writers of their own, one a side, who never move: looks for an instant at which both sides accept.
// Start it once the new side follows; before that it is an ordinary primary, and a write would be foreign there.

import { setTimeout as delay } from 'node:timers/promises';
import { type Address, isError, RespClient } from './resp.ts';
import { type Side, SideJudge, type Stamp } from './sides.ts';

const RECONNECT_MS = 20;

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
    await this.#finished;
  }

  async #insist(side: Side, { addresses, prefix, everyMs }: SidePairOptions): Promise<void> {
    let client = null as RespClient | null;
    const writer = `probe-${side}`;
    for (let number = 0; !this.#isStopped; number += 1) {
      try {
        client = client?.isOpen === true ? client : await RespClient.open(addresses[side], writer);
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
    client?.close();
  }
}
