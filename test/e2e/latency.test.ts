// Is my customer feeling this? Over a whole migration: one stall is told with its cause and changes nothing, a
// server that stays slow is a breach, and the policy acts on it, at once.

import { describe, expect, it, onTestFinished } from 'vitest';
import { connectFerrysRedis } from '../../src/redis/ferrys-own.ts';
import { ask } from '../../src/sandbox/load/resp.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { createRecords } from '../../src/store/records.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { fill } from '../support/data.ts';
import { CHANNEL, type Rig, type RigOptions, startRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const SLEEPY = { settings: { 'enable-debug-command': 'local' } };
const TIMEOUT_MS = 120_000;
/** A policy that judges within seconds, so that a test need not take minutes. */
const HASTY = (onBreach: string) => [
  `    latency: { stall: 60ms, strained: { p99: 20ms, for: 1s }, breached: { p99: 40ms, for: 3s }, onBreach: ${onBreach} }`,
];

async function started(options: RigOptions = {}): Promise<Rig> {
  const rig = await startRig({ sourceOptions: SLEEPY, targetOptions: SLEEPY, ...options });
  onTestFinished(() => rig.stop());
  await fill(rig.source.port, { keys: 2_000 });
  await rig.type('/redis migrate carts-old carts-new');
  await rig.reaches('planned');
  await rig.press('U0ANA', 'ferry.start');
  return rig;
}

const at = ({ host, port }: RunningServer) => ({ host, port });

function stop(server: RunningServer, seconds: number): Promise<unknown> {
  return ask(at(server), [['DEBUG', 'SLEEP', String(seconds)]]);
}

/** Keeps a server slow, one long command after the other, until it is told to leave off. */
function slowing(server: RunningServer, seconds: number): () => Promise<void> {
  let on = true;
  const run = async (): Promise<void> => {
    while (on) await stop(server, seconds);
  };
  // A test that fails ends the server first.
  const slow = run().catch(() => undefined);
  return async () => {
    on = false;
    await slow;
  };
}

async function told(rig: Rig, what: RegExp): Promise<string> {
  const texts = () => rig.thread().map(({ text }) => text);
  try {
    return await until(() => texts().find((text) => what.test(text)), {
      what: `the thread says ${what}`,
      deadlineMs: 40_000,
    });
  } catch (cause) {
    throw new Error(`The thread never said ${what}, but: ${texts().join('\n')}`, { cause });
  }
}

it('a stall is told with its length and cause, on whichever server clients use, and the move goes on', {
  timeout: TIMEOUT_MS,
}, async () => {
  const rig = await started();
  await rig.reaches('following');
  await stop(rig.source, 0.8);
  const stalled = await told(rig, /carts-old stopped answering for/);
  expect(stalled).toMatch(/stopped answering for \*?8\d\d ms/);
  expect(stalled).toMatch(/Cause: `DEBUG[^`]*` for 80\d ms \(SLOWLOG\)/);
  expect(stalled).toContain('steady');
  await told(rig, /carts-old stopped answering.*Over\b/);
  await rig.press('U0BEN', 'ferry.approve');
  await rig.reaches('watching');
  await stop(rig.target, 0.5);
  expect(await told(rig, /carts-new stopped answering for/)).toMatch(/(5\d\d|49\d) ms/);
  await rig.press('U0BEN', 'ferry.complete');
  const { latency } = await rig.reaches('completed');
  expect(latency.incidents).toBe(2);
  expect(latency.stages.during).toMatchObject({ stalls: 1 });
  expect(latency.stages.after).toMatchObject({ stalls: 1 });
  await told(rig, /Report of m1/);
  const report = rig.thread().find(({ text }) => text.includes('Report of m1'));
  expect(JSON.stringify(report?.blocks)).toMatch(/before \/ during \/ after.*stalls 0 \/ 1 \/ 1/);
});

it('anyone may ask for it: measured for a while, with what happened meanwhile, and no migration is made', {
  timeout: TIMEOUT_MS,
}, async () => {
  const rig = await startRig({ sourceOptions: SLEEPY });
  onTestFinished(() => rig.stop());
  const answers = () => rig.slack.ephemerals('U0KIM').map(({ text }) => text);
  const command = rig.slack.as('U0KIM').command(CHANNEL, '/redis latency carts-old 4');
  await until(() => answers().includes('Measuring carts-old for 4 s; the figures follow here.'), {
    what: 'the answer at once',
  });
  // No migration runs, so these are the pings of the probe alone.
  const pinged = async () =>
    /cmdstat_ping:calls=(\d+)/.exec(String(await ask(at(rig.source), [['INFO', 'commandstats']])))?.[1];
  await until(async () => Number((await pinged()) ?? 0) > 120, { what: 'the probe to be at it' });
  await stop(rig.source, 0.4);
  await command;
  const figures = await until(() => answers().find((text) => text.startsWith('carts-old, ')), {
    what: 'the figures',
    deadlineMs: 30_000,
  });
  expect(figures).toMatch(/^carts-old, 4 s, [1-9]\d* pings: p50 0\.\d+ ms, p99 .*, worst (39|4\d)\d\./);
  expect(figures).toMatch(/\*1 stall\*: (at least )?(39|4\d)\d ms at .*`DEBUG/);
  expect(figures).toContain('Verdict: steady.');
  expect(rig.slack.messages(CHANNEL)).toEqual([]);
});

describe('a source that stays slow', () => {
  it('under hold takes the approvals back, and is asked about anew when it is over', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const rig = await started({ policy: [...HASTY('hold'), '    approvals: 2'] });
    await rig.reaches('following');
    await rig.press('U0BEN', 'ferry.approve');
    const leaveOff = slowing(rig.source, 0.07);
    await told(rig, /Approval withdrawn: the latency of carts-old is breached/);
    await told(rig, /carts-old is slow.*breached.*promotion is held/);
    expect((await rig.migration()).state).toMatchObject({ phase: 'following', approvals: [], askedAt: null });
    await leaveOff();
    await until(
      async () => {
        const { state } = await rig.migration();
        return state.phase === 'following' && state.askedAt !== null;
      },
      { what: 'approval is asked for anew', deadlineMs: 40_000 },
    );
    await rig.press('U0BEN', 'ferry.approve');
    await rig.press('U0EVA', 'ferry.approve');
    await rig.reaches('watching');
  });

  it('under abort stops the sync within 2 s of the verdict', { timeout: TIMEOUT_MS }, async () => {
    const rig = await started({ policy: HASTY('abort') });
    await rig.reaches('following');
    const leaveOff = slowing(rig.source, 0.07);
    const { uid, state } = await rig.reaches('aborted');
    await leaveOff();
    expect(state).toMatchObject({ phase: 'aborted', by: 'ferry', from: 'following' });
    await told(rig, /aborted/i);
    const own = await connectFerrysRedis(rig.own.url, createLogger({ level: 'error' }));
    onTestFinished(() => own.close());
    const audit = await createRecords(own.store).audit(uid);
    const judged = audit.find(({ event }) => event.kind === 'latency-judged' && event.verdict === 'breached');
    const ended = audit.find(({ event }) => event.kind === 'aborted');
    expect((ended?.at ?? Number.NaN) - (judged?.at ?? Number.NaN)).toBeLessThan(2_000);
  });
});
