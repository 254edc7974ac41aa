// The faces that latency gives to cards: not measured, slow, held, unknown, and names that nobody should have.

import { latencyAtFirst } from '../../src/migration/latency/summary.ts';
import type { LiveFigures, SyncStage } from '../../src/migration/progress.ts';
import type { CardCase } from './gallery.ts';
import { at, following, liveIn, migrationIn, policy, states, syncing } from './sample.ts';
import {
  BREACHED,
  incident,
  measuredRecord,
  resting,
  slow,
  steady,
  UNKNOWN,
  unmeasured,
} from './sample-latency.ts';

const unjudged = latencyAtFirst(at(1));
const breached = { verdict: 'breached', why: BREACHED, since: at(9) } as const;
const unknown = { verdict: 'unknown', why: UNKNOWN, since: at(9) } as const;
const unasked = { ...following, askedAt: null, approvals: [] };
const lasting = { ...incident, ...breached, number: 2, effect: 'promotion-held' } as const;

function liveWith(source: typeof slow, stage: SyncStage): LiveFigures {
  return { ...liveIn(stage), latency: [{ source, target: null }] };
}

function longNamed(name: string) {
  const [pair] = migrationIn(following).pairs;
  if (pair === undefined) throw new Error('the sample has no pair');
  const long = `<!channel>${name.repeat(120)}`;
  return { source: { ...pair.source, name: long }, target: { ...pair.target, name: `${long}-new` } };
}

export const latencyCards: readonly CardCase[] = [
  {
    name: 'planned, the baseline is not measured yet',
    migration: migrationIn({ ...states.planned, startedBy: 'U0ANA' }, { latency: unjudged }),
    live: null,
  },
  {
    name: 'planned, with its baseline',
    migration: migrationIn(states.planned),
    live: { ...liveIn('connecting'), latency: [{ source: steady, target: resting }] },
  },
  {
    name: 'watching, the new server is slow',
    migration: migrationIn(states.watching, { latency: measuredRecord(breached) }),
    live: { ...liveIn('online'), latency: [{ source: resting, target: slow }] },
  },
  {
    name: 'syncing, slow',
    migration: migrationIn(syncing, { latency: measuredRecord(breached) }),
    live: liveWith(slow, 'transferring'),
  },
  {
    name: 'following, held by a breach',
    migration: migrationIn(unasked, {
      latency: measuredRecord({ ...breached, incidents: 2, open: [lasting] }),
    }),
    live: liveWith(slow, 'online'),
  },
  {
    name: 'following, slow and told only',
    migration: migrationIn(following, {
      latency: measuredRecord(breached),
      policy: { ...policy, latency: { ...policy.latency, onBreach: 'notify' } },
    }),
    live: liveWith(slow, 'online'),
  },
  {
    name: 'following, held because nothing is known',
    migration: migrationIn(following, { latency: measuredRecord(unknown) }),
    live: liveWith(unmeasured, 'online'),
  },
  {
    name: 'completed, nothing measured',
    migration: migrationIn(states.completed, { latency: unjudged }),
    live: null,
  },
  {
    name: 'hostile: three pairs with long names, all of them charted',
    migration: migrationIn(following, {
      pairs: ['a', 'b', 'c'].map(longNamed),
      latency: measuredRecord(breached),
    }),
    live: {
      ...liveIn('online'),
      latency: [slow, steady, slow].map((source) => ({ source, target: resting })),
    },
  },
];
