// What one plays with: two servers in their first state under a load of numbered writes, as often as one likes.
// Starting over drops what both servers hold, so it is refused while a migration runs.

import { Redis } from 'ioredis';
import { createRecords } from '../../store/records.ts';
import { fill } from '../load/fill.ts';
import type { Load, LoadOptions } from '../load/load.ts';
import { ask } from '../load/resp.ts';
import { addressOf, SOURCE_NAME, type World } from '../world.ts';

export interface PlayOptions {
  readonly keys: number;
  readonly perSecond: number;
  /** How long one writer stays on the old address after the others left. */
  readonly stayMs: number;
  readonly startLoad: (options: LoadOptions) => Load;
}

export class Play {
  readonly #world: World;
  readonly #options: PlayOptions;
  #load: Load;
  #isStarting = false;

  private constructor(world: World, options: PlayOptions) {
    this.#world = world;
    this.#options = options;
    this.#load = this.#startLoad();
  }

  /** Fills the old server and lets the writers begin. */
  static async begin(world: World, options: PlayOptions): Promise<Play> {
    await fill(addressOf(world.source), options.keys);
    return new Play(world, options);
  }

  /** Of this go; another one after `startOver`. */
  get load(): Load {
    return this.#load;
  }

  /** Empties both servers and begins anew. Rejects with a sentence while a migration runs. */
  async startOver(): Promise<void> {
    if (this.#isStarting) throw new Error('It is being started over already.');
    this.#isStarting = true;
    try {
      const running = await this.#running();
      if (running !== null) {
        throw new Error(`${running} is running. End it first: Abort, or Revert, or Complete.`);
      }
      await this.#load.stop();
      await this.#restore();
      await fill(addressOf(this.#world.source), this.#options.keys);
      this.#load = this.#startLoad();
    } finally {
      this.#isStarting = false;
    }
  }

  async stop(): Promise<void> {
    await this.#load.stop();
  }

  #startLoad(): Load {
    const { perSecond, stayMs, startLoad } = this.#options;
    return startLoad({
      old: addressOf(this.#world.source),
      new: addressOf(this.#world.target),
      perSecond,
      stays: { kind: 'plain', forMs: stayMs },
    });
  }

  /** The id of a migration that is not over; null: there is none. */
  async #running(): Promise<string | null> {
    const redis = new Redis(this.#world.ferryRedis.url, { maxRetriesPerRequest: 1 });
    redis.on('error', () => undefined);
    try {
      const records = createRecords(redis);
      const [uid] = await records.active();
      if (uid === undefined) return null;
      return (await records.load(uid))?.migration.id ?? 'A migration';
    } finally {
      redis.disconnect();
    }
  }

  /** Both servers as they were at the beginning: empty primaries, and so again after a restart. */
  async #restore(): Promise<void> {
    const { source, target } = this.#world;
    for (const server of [source, target]) {
      await ask(addressOf(server), [['REPLICAOF', 'NO', 'ONE'], ['FLUSHALL'], ['CONFIG', 'REWRITE']], {
        withinMs: 30_000,
      });
    }
  }
}

/** What the page says about it. */
export const START_OVER = `Empties both servers, fills ${SOURCE_NAME} again and lets the writers begin anew.`;
