// SIGTERM hands a running migration to another worker at once, without waiting for a lease to run out. A worker that
// is killed hands over nothing: another one goes on, and the thread says so.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../support/project-files.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

function workerProcess(rig: Rig): ChildProcess {
  const env = { PATH: process.env['PATH'], ...rig.variables };
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'dist/main.js'), 'worker'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += String(chunk);
  });
  child.once('exit', () => {
    exits.set(child, text);
  });
  return child;
}

const exits = new Map<ChildProcess, string>();

it('SIGTERM in following: exit code 0, and another worker goes on with the approval', {
  timeout: 90_000,
}, async () => {
  const rig = await startRig({ ferry: { role: 'bot' } });
  const first = workerProcess(rig);
  try {
    await untilApproval(rig);
    first.kill('SIGTERM');
    const code = await until(() => first.exitCode, { what: 'the worker ends', deadlineMs: 10_000 });
    expect(code).toBe(0);
    expect(exits.get(first)).toContain('"msg":"stopped"');
    await rig.startWorker();
    await rig.press('U0BEN', 'ferry.approve');
    const watching = await rig.reaches('watching');
    expect(watching.state.phase === 'watching' && watching.state.approvals).toMatchObject([
      { user: 'U0BEN' },
    ]);
    expect(toldTakeOvers(rig)).toEqual([]);
  } finally {
    first.kill('SIGKILL');
    await rig.stop();
  }
});

it('I8 I13 SIGKILL in following: another worker goes on, and the thread says since when', {
  timeout: 90_000,
}, async () => {
  const rig = await startRig({ ferry: { role: 'bot' } });
  const first = workerProcess(rig);
  try {
    await untilApproval(rig);
    first.kill('SIGKILL');
    await rig.startWorker();
    const [told, ...more] = await until(() => nonEmpty(toldTakeOvers(rig)), { what: 'the thread says so' });
    expect(told).toMatch(/^Another worker drives m1 since .*: the one before was last heard of at .*UTC>\./);
    expect(told).toContain('Writes go to carts-old.');
    expect(more).toEqual([]);
    // The approval that was asked for still is.
    await rig.press('U0BEN', 'ferry.approve');
    await rig.reaches('watching');
    expect(toldTakeOvers(rig)).toHaveLength(1);
  } finally {
    first.kill('SIGKILL');
    await rig.stop();
  }
});

function toldTakeOvers(rig: Rig): readonly string[] {
  return rig.thread().flatMap(({ text }) => (text.startsWith('Another worker') ? [text] : []));
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}

async function untilApproval(rig: Rig): Promise<void> {
  await rig.type('/redis migrate carts-old carts-new');
  await rig.reaches('planned');
  await rig.press('U0BEN', 'ferry.start');
  await rig.reaches('following');
  await rig.offering('ferry.approve');
}
