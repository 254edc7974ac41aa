// What an owner makes of its probes' news: verdicts once they have spoken, one message an incident, every second
// in the right stage, and a successor that goes on where the last owner was.

import { beforeEach, describe, expect, it } from 'vitest';
import type { AnnouncementBody } from '../../src/migration/announcement.ts';
import type { ProbeNews } from '../../src/migration/latency/reading.ts';
import type { Migration } from '../../src/migration/migration.ts';
import { followLatency } from '../../src/workflow/latency/follow-latency.ts';
import type { LatencyProbes, ProbeRate } from '../../src/workflow/latency-ports.ts';
import { noMeters } from '../../src/workflow/metrics-port.ts';
import type { Logger, Records } from '../../src/workflow/ports.ts';
import { Session } from '../../src/workflow/session.ts';
import type { Workflow } from '../../src/workflow/workflow.ts';
import { second, stall, unmeasured } from '../migration/latency/seconds.ts';
import * as walks from '../support/walk.ts';
import { fresh, T0, walk } from '../support/walk.ts';

const clock = { ms: 0 };
/** By the port of the server: what its probe has to say, and how fast it was asked to be. */
const news = new Map<number, ProbeNews>();
const rates = new Map<number, ProbeRate>();
const closed: number[] = [];
const OLD = 7001;
const NEW = 7002;

beforeEach(() => {
  clock.ms = 0;
  for (const map of [news, rates]) map.clear();
  closed.length = 0;
});

const probes: LatencyProbes = {
  watch: ({ address }, { rate }) => {
    rates.set(address.port, rate);
    return {
      setRate: (wanted) => {
        rates.set(address.port, wanted);
      },
      take: () => {
        const said = news.get(address.port) ?? { seconds: [], stalls: [] };
        news.delete(address.port);
        return said;
      },
      close: () => {
        closed.push(address.port);
      },
    };
  },
  close: async () => undefined,
};

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

function owning(migration: Migration) {
  const said: AnnouncementBody[] = [];
  const records = Object.create(null) as Records;
  records.save = async (_owner, _revision, _next, _audit, say) => {
    said.push(...say.map(({ body }) => body));
    return 'saved';
  };
  const workflow = Object.assign(Object.create(null) as Workflow, {
    records,
    probes,
    baselineSeconds: 10,
    clock: { now: () => clock.ms, monotonicMs: () => clock.ms, sleep: async () => undefined },
    trace: { at: () => undefined },
    logger: silent,
    meters: noMeters,
  });
  const session = new Session(
    workflow,
    { uid: migration.uid, epoch: 1 },
    { revision: 1, migration, wishCursor: '0' },
    T0,
  );
  session.leaseMs = Number.POSITIVE_INFINITY;
  return {
    session,
    said,
    /** One second later, with this news of the old server. */
    async tick(given: Partial<ProbeNews> = {}, port = OLD) {
      clock.ms += 1_000;
      news.set(port, { seconds: [], stalls: [], ...given });
      return followLatency(session);
    },
    get latency() {
      return session.migration.latency;
    },
  };
}

const notMeasured = (phase: Parameters<typeof walks.inPhase>[0]): Migration => {
  const migration = walks.inPhase(phase);
  return { ...migration, latency: { ...migration.latency, verdict: 'unknown', why: 'not yet' } };
};

describe('a verdict', () => {
  it('is recorded once the probe has spoken', async () => {
    const owner = owning(notMeasured('planned'));
    await owner.tick();
    expect(owner.latency.verdict).toBe('unknown');
    await owner.tick({ seconds: [second(0, 1)] });
    expect(owner.latency.verdict).toBe('steady');
  });

  it('of the owner before stands until the probe of this one has spoken, for 5 s', async () => {
    const owner = owning(walks.inPhase('syncing'));
    for (let i = 0; i < 6; i += 1) await owner.tick();
    expect(owner.latency.verdict).toBe('steady');
    await owner.tick();
    expect(owner.latency).toMatchObject({ verdict: 'unknown', why: 'nothing was measured for 6 s' });
  });

  it('I10 is unknown, with the reason, when the server cannot be measured', async () => {
    const owner = owning(walks.inPhase('syncing'));
    await owner.tick({ seconds: [second(0, 1)] });
    for (let i = 1; i < 7; i += 1) await owner.tick({ seconds: [unmeasured(i)] });
    expect(owner.latency).toMatchObject({ verdict: 'unknown', why: 'the connection was refused' });
  });

  it('that ends the phase says so: the step of this tick is void', async () => {
    const policy = { ...walks.policy, latency: { ...walks.policy.latency, onBreach: 'abort' } } as const;
    const owner = owning(walk(fresh({ policy }), walks.surveyed, walks.started, walks.syncStarted));
    const goesOn: boolean[] = [];
    for (let i = 0; i < 30; i += 1) goesOn.push(await owner.tick({ seconds: [second(i, 300)] }));
    expect(goesOn.indexOf(false)).toBeGreaterThanOrEqual(23);
    expect(owner.session.migration.state.phase).toBe('aborting');
  });

  it('is about the server that clients use', async () => {
    const owner = owning(walks.inPhase('watching'));
    await owner.tick({ seconds: [second(0, 1)] }, NEW);
    for (let i = 0; i < 15; i += 1) {
      await owner.tick({ seconds: [unmeasured(i)] });
      await owner.tick({ seconds: [second(i + 1, 1)] }, NEW);
    }
    expect(owner.latency.verdict).toBe('steady');
  });
});

describe('an incident', () => {
  const cause = { kind: 'fork', durationMs: 811 } as const;
  const fork = (change = {}) => stall('a', T0 + 3_000, 812, { cause, exact: true, ...change });

  it('is told at once, again when more is known, and closed after a calm while', async () => {
    const owner = owning(walks.inPhase('syncing'));
    await owner.tick({ seconds: [second(1, 1), second(2, 1)] });
    expect(owner.said).toEqual([]);
    await owner.tick({ stalls: [fork({ over: false, lengthMs: 200, exact: false })] });
    await owner.tick({ seconds: [second(3, 1)], stalls: [fork()] });
    await owner.tick({ seconds: [second(4, 1)] });
    for (let i = 5; i < 16; i += 1) await owner.tick({ seconds: [second(i, 1)] });
    const told = owner.said.map((body) => (body.kind === 'incident' ? body.incident : null));
    expect(told.map((incident) => [incident?.number, incident?.worstMs, incident?.overAt])).toEqual([
      [1, 200, null],
      [1, 812, null],
      [1, 812, T0 + 3_812],
    ]);
    expect(owner.latency).toMatchObject({ incidents: 1, open: [] });
  });

  it('after another one has the next number', async () => {
    const owner = owning(walks.inPhase('syncing'));
    await owner.tick({ seconds: [second(4, 1)], stalls: [fork()] });
    for (let i = 5; i < 16; i += 1) await owner.tick({ seconds: [second(i, 1)] });
    await owner.tick({ seconds: [second(20, 1)], stalls: [stall('b', T0 + 20_000, 300)] });
    expect(owner.said.at(-1)).toMatchObject({ incident: { number: 2, stalls: 1, worstMs: 300 } });
  });

  it('is gone on with by a successor, which counts nothing twice', async () => {
    const first = owning(walks.inPhase('syncing'));
    await first.tick({ seconds: [second(4, 1)], stalls: [fork()] });
    const next = owning(first.session.migration);
    // What the probe left behind comes again.
    await next.tick({ seconds: [second(4, 1), second(5, 1)], stalls: [fork()] });
    expect(next.said).toEqual([]);
    await next.tick({ seconds: [second(6, 1)], stalls: [stall('b', T0 + 5_500, 900)] });
    expect(next.said).toMatchObject([{ incident: { number: 1, stalls: 2, worstMs: 900, stalledMs: 1_712 } }]);
  });

  it('is none while the probe has only just begun; a server out of reach for long is one', async () => {
    const owner = owning(notMeasured('syncing'));
    for (let i = 0; i < 15; i += 1) await owner.tick({ seconds: [unmeasured(i)] });
    expect(owner.said).toEqual([]);
    for (let i = 15; i < 18; i += 1) await owner.tick({ seconds: [unmeasured(i)] });
    expect(owner.said).toMatchObject([
      { incident: { verdict: 'unknown', why: 'the connection was refused', effect: 'promotion-held' } },
    ]);
  });
});

describe('the stages', () => {
  it('a baseline is counted before it is in the record, and across owners', async () => {
    const owner = owning(walks.inPhase('planned'));
    await owner.tick({ seconds: [second(1, 1), second(2, 1), unmeasured(3)] });
    expect(owner.session.latency.baselineSeconds()).toBe(2);
    const next = owning(owner.session.migration);
    await next.tick({ seconds: [second(1, 1), second(2, 1), unmeasured(3), second(4, 1)] });
    expect(next.session.latency.baselineSeconds()).toBe(3);
  });

  it('are summed up by the time of each second, and to the end when the migration ends', async () => {
    const migration = walks.inPhase('aborting');
    const syncAt = migration.timeline.find(({ phase }) => phase === 'syncing')?.at ?? 0;
    const index = (syncAt - T0) / 1_000;
    const owner = owning(migration);
    await owner.tick({ seconds: [second(index - 2, 1), second(index - 1, 1), second(index, 5)] });
    await owner.tick({ seconds: [second(index + 1, 5)], stalls: [stall('a', syncAt + 500, 300)] });
    expect(owner.latency.stages).toMatchObject({
      before: { measuredSeconds: 2, stalls: 0 },
      during: { measuredSeconds: 2, stalls: 1, stalledMs: 300 },
      after: null,
    });
  });
});

describe('the rate', () => {
  it.each([
    ['surveying', 'full', 'rest'],
    ['planned', 'full', 'rest'],
    ['syncing', 'full', 'rest'],
    ['following', 'rest', 'rest'],
    ['cutting-over', 'full', 'rest'],
    ['watching', 'rest', 'full'],
    ['aborting', 'rest', 'rest'],
  ] as const)('in %s: old %s, new %s', async (phase, old, fresher) => {
    const owner = owning(walks.inPhase(phase));
    await owner.tick();
    expect([rates.get(OLD), rates.get(NEW)]).toEqual([old, fresher]);
  });

  it('falls once there is a baseline', async () => {
    const owner = owning(walks.inPhase('planned'));
    await owner.tick({ seconds: Array.from({ length: 10 }, (_, i) => second(i + 1, 1)) });
    await owner.tick();
    expect(rates.get(OLD)).toBe('rest');
  });
});

it('no probe runs on for an owner that is gone', async () => {
  const owner = owning(walks.inPhase('syncing'));
  await owner.tick();
  owner.session.close();
  expect(closed.sort()).toEqual([OLD, NEW]);
});
