// A migration as it is measured: what the transfer cost beside what was foreseen, and what Prometheus reads of a
// worker that drives it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fill } from '../../src/sandbox/load/fill.ts';
import { freePort } from '../../src/sandbox/servers/start.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const SOURCE = 'migration="m1",instance="carts-old",side="source"';
const TARGET = 'migration="m1",instance="carts-new",side="target"';
const PASSWORDS = ['c4n4ry-old', 'c4n4ry-new'];

let rig: Rig;
let port: number;

beforeAll(async () => {
  port = await freePort();
  const [old, next] = PASSWORDS;
  rig = await startRig({
    sourceOptions: { password: old ?? '' },
    targetOptions: { password: next ?? '' },
    variables: { METRICS_PORT: String(port) },
  });
  await fill({ host: '127.0.0.1', port: rig.source.port, password: old ?? '' }, 20_000, 1_000);
  await rig.type('/redis migrate carts-old carts-new');
  await rig.press('U0BEN', 'ferry.start');
  await rig.reaches('following');
});

afterAll(() => rig.stop());

async function scrape(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

/** The value of one series; null: there is none. */
function shown(text: string, series: string): number | null {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}

describe('the transfer', () => {
  it('cost about what was foreseen', async () => {
    const { transfers, state } = await rig.migration();
    if (state.phase !== 'following') throw new Error(`It is ${state.phase}.`);
    const forecast = state.plan.pairs[0]?.forecast;
    expect(forecast).toMatchObject({ byDisk: false, hugePagesBytes: null });
    expect(transfers).toEqual([
      expect.objectContaining({ forks: 1, forkMs: expect.any(Number), sourcePeakBytes: expect.any(Number) }),
    ]);
    const [transfer] = transfers;
    expect(transfer?.tookMs).toBeGreaterThanOrEqual(forecast?.syncMs.least ?? Number.NaN);
    expect(transfer?.copyOnWriteBytes ?? 0).toBeLessThan(forecast?.copyOnWriteBytes.most ?? Number.NaN);
  });
});

describe('a scrape of the worker', () => {
  it('shows what clients feel, who follows, and where migrations are', async () => {
    const text = await until(
      async () => {
        const found = await scrape();
        return shown(found, `ferry_verification_compared_keys{migration="m1"}`) === null ? null : found;
      },
      { what: 'the sample was compared' },
    );
    expect(shown(text, `ferry_ping_seconds_count{${SOURCE}}`)).toBeGreaterThan(100);
    expect(shown(text, `ferry_ping_seconds_count{${TARGET}}`)).toBeGreaterThan(0);
    expect(shown(text, `ferry_replication_link_up{${TARGET}}`)).toBe(1);
    expect(shown(text, `ferry_replication_lag_seconds{${TARGET}}`)).toBeLessThan(1);
    expect(shown(text, 'ferry_migrations{phase="following"}')).toBe(1);
    expect(shown(text, 'ferry_phase_transitions_total{from="syncing",to="following"}')).toBe(1);
    expect(shown(text, 'ferry_verification_differences{migration="m1"}')).toBe(0);
    expect(shown(text, 'ferry_own_redis_up')).toBe(1);
    expect(shown(text, 'ferry_announcements_waiting')).not.toBeNull();
    const verdicts = ['steady', 'strained', 'breached', 'unknown'].map((verdict) =>
      shown(text, `ferry_latency_verdict{${SOURCE},verdict="${verdict}"}`),
    );
    expect(verdicts.filter((value) => value === 1)).toHaveLength(1);
  });

  it('I9 names no address, no password and no token', async () => {
    const text = await scrape();
    const { botToken } = rig.slack.credentials;
    for (const secret of [...PASSWORDS, botToken, '127.0.0.1', String(rig.source.port), 'U0ANA'])
      expect(text).not.toContain(secret);
  });

  it('has no figure of a migration that is over', async () => {
    await rig.press('U0BEN', 'ferry.abort');
    await rig.reaches('aborted');
    await until(async () => !(await scrape()).includes('ferry_latency_verdict{'), {
      what: 'the figures are gone',
    });
    const text = await scrape();
    expect(shown(text, `ferry_replication_link_up{${TARGET}}`)).toBeNull();
    expect(shown(text, 'ferry_migrations{phase="following"}')).toBe(0);
    expect(shown(text, `ferry_ping_seconds_count{${SOURCE}}`)).toBeGreaterThan(100);
  });
});
