// A migration as it is measured: what the transfer cost beside what was foreseen, and what Prometheus reads of a
// worker that drives it.

import { expect, it } from 'vitest';
import type { Migration } from '../../src/migration/migration.ts';
import { fill } from '../../src/sandbox/load/fill.ts';
import { freePort } from '../../src/sandbox/servers/start.ts';
import { startRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const SOURCE = 'migration="m1",instance="carts-old",side="source"';
const TARGET = 'migration="m1",instance="carts-new",side="target"';
const PASSWORDS = ['c4n4ry-old', 'c4n4ry-new'] as const;

type Scrape = () => Promise<string>;

it('I9 I10 shows what it measures and what the transfer cost, and nothing secret', {
  timeout: 120_000,
}, async () => {
  const port = await freePort();
  const [old, next] = PASSWORDS;
  const rig = await startRig({
    sourceOptions: { password: old },
    targetOptions: { password: next },
    variables: { METRICS_PORT: String(port) },
  });
  const scrape: Scrape = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  try {
    await fill({ host: '127.0.0.1', port: rig.source.port, password: old }, 20_000, 1_000);
    await rig.type('/redis migrate carts-old carts-new');
    await rig.press('U0BEN', 'ferry.start');
    expectAsForeseen(await rig.reaches('following'));
    await expectFigures(scrape);
    const text = await scrape();
    for (const secret of [...PASSWORDS, rig.slack.credentials.botToken, '127.0.0.1', 'U0BEN'])
      expect(text).not.toContain(secret);
    await rig.press('U0BEN', 'ferry.abort');
    await rig.reaches('aborted');
    await expectFiguresGone(scrape);
  } finally {
    await rig.stop();
  }
});

function expectAsForeseen({ transfers, state }: Migration): void {
  if (state.phase !== 'following') throw new Error(`It is ${state.phase}.`);
  const forecast = state.plan.pairs[0]?.forecast ?? null;
  const transfer = transfers[0] ?? null;
  expect(forecast).toMatchObject({ byDisk: false, hugePagesBytes: null });
  expect(transfer).toMatchObject({
    forks: 1,
    forkMs: expect.any(Number),
    sourcePeakBytes: expect.any(Number),
  });
  expect(transfer?.tookMs).toBeGreaterThanOrEqual(forecast?.syncMs.least ?? Number.NaN);
  expect(transfer?.copyOnWriteBytes ?? 0).toBeLessThan(forecast?.copyOnWriteBytes ?? Number.NaN);
}

async function expectFigures(scrape: Scrape): Promise<void> {
  const text = await until(
    async () => {
      const found = await scrape();
      return shown(found, 'ferry_verification_compared_keys{migration="m1"}') === null ? null : found;
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
}

/** Counts stay for the last scrape. */
async function expectFiguresGone(scrape: Scrape): Promise<void> {
  await until(async () => !(await scrape()).includes('ferry_latency_verdict{'), {
    what: 'no figure is left',
  });
  const text = await scrape();
  expect(shown(text, `ferry_replication_link_up{${TARGET}}`)).toBeNull();
  expect(shown(text, 'ferry_migrations{phase="following"}')).toBe(0);
  expect(shown(text, `ferry_ping_seconds_count{${SOURCE}}`)).toBeGreaterThan(100);
}

/** The value of one series; null: there is none. */
function shown(text: string, series: string): number | null {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}
