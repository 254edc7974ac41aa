// The control panel behind *Make trouble*: which trouble runs until when, and how the last ones ended.
// The same trouble never runs twice at once; all of them end with `stop`.

import type { World } from '../world.ts';
import type { Play } from './play.ts';
import { describeTroubles, makeTrouble, TROUBLES, type Trouble, type TroubleName } from './troubles.ts';

/** One trouble as the page shows it; times are epoch ms. */
export interface ShownTrouble extends Trouble {
  readonly name: TroubleName;
  /** Null: it does not run. */
  readonly runningSince: number | null;
  readonly endedAt: number | null;
  /** Why it could not be made; null: it could. */
  readonly failure: string | null;
}

export interface TroubleDesk {
  shown(): readonly ShownTrouble[];
  /** Resolves once it has begun. Rejects with a sentence when it runs already. */
  make(name: TroubleName): Promise<void>;
  stop(): Promise<void>;
}

export function openTroubleDesk(world: World, play: Play, onChange: () => void): TroubleDesk {
  const described = describeTroubles();
  const ending = new AbortController();
  const running = new Map<TroubleName, Promise<void>>();
  const state = new Map<TroubleName, Pick<ShownTrouble, 'runningSince' | 'endedAt' | 'failure'>>();
  const idle = { runningSince: null, endedAt: null, failure: null };
  const become = (name: TroubleName, change: Partial<ShownTrouble>): void => {
    state.set(name, { ...(state.get(name) ?? idle), ...change });
    onChange();
  };
  return {
    shown: () => TROUBLES.map((name) => ({ name, ...described[name], ...(state.get(name) ?? idle) })),
    async make(name) {
      if (running.has(name)) throw new Error(`"${described[name].title}" is running.`);
      become(name, { runningSince: Date.now(), failure: null });
      const made = makeTrouble(name, world, play, ending.signal)
        .catch((error: unknown) => become(name, { failure: wordsOf(error) }))
        .then(() => {
          running.delete(name);
          become(name, { runningSince: null, endedAt: Date.now() });
        });
      running.set(name, made);
    },
    async stop() {
      ending.abort();
      await Promise.all(running.values());
    },
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
