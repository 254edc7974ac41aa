// What Ferry promises while people look away: fences end (I3), nobody promotes by accident (I4), nothing is
// deleted unasked (I5), what is not known does not pass (I10). Each from the record to the servers.

import { describe, expect, it, onTestFinished } from 'vitest';
import type { AnnouncementBody } from '../../src/migration/announcement.ts';
import type { Migration, Phase } from '../../src/migration/migration.ts';
import { infoText, parseInfo } from '../../src/redis/info.ts';
import { type Address, ask, isError, RespClient } from '../../src/sandbox/load/resp.ts';
import type { ActTrace } from '../../src/workflow/ports.ts';
import { type LoadedPair, type LoadedPairOptions, startLoadedPair } from '../support/loaded-pair.ts';
import { startRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

/** The longest that any fence may hold a writer, ms. */
const FENCE_LIMIT_MS = 5_000;

describe('I3: fences end', () => {
  it('I3 a cutover whose target stops is undone within the limit, proven by a write, and told', {
    timeout: 90_000,
  }, async () => {
    const trace = traced();
    const rig = await startRig({ ...QUICK, ferry: { trace: trace.port } });
    onTestFinished(() => rig.stop());
    onTestFinished(() => rig.target.resume());
    await rig.type('/redis migrate carts-old carts-new');
    await rig.press('U0BEN', 'ferry.start');
    trace.on('after fence:source', () => rig.target.pause());
    const writer = await steadyWriter({ host: rig.source.host, port: rig.source.port });
    onTestFinished(() => writer.stop());
    await rig.press('U0BEN', 'ferry.approve');
    const told = await until(() => rig.thread().find(({ text }) => text.includes('attempt 1 undone')), {
      what: 'the thread tells of the undone cutover',
      deadlineMs: 40_000,
    });
    expect(told.text).toContain('Writes to carts-old go on since');
    expect(told.text).toContain('a test write confirmed it');
    const { acknowledged } = writer;
    await until(() => writer.acknowledged > acknowledged, { what: 'writes go on' });
    expect(writer.longestGapMs).toBeLessThanOrEqual(FENCE_LIMIT_MS);
    expect(writer.refused).toBe(0);
    const { state } = await rig.migration();
    expect(['following', 'syncing']).toContain(state.phase);
  });

  it('I3 a worker that stops under the fence leaves a fence that ends by itself', {
    timeout: 60_000,
  }, async () => {
    const trace = traced();
    const pair = await given({ trace: trace.port });
    const uid = await pair.follow();
    const stuck = trace.hold('after fence:source');
    const writer = await steadyWriter(pair.at.old);
    onTestFinished(() => writer.stop());
    await pair.wish(uid, 'approved');
    await stuck.reached;
    const { acknowledged } = writer;
    await until(() => writer.acknowledged > acknowledged + 1, { what: 'writes go on' });
    expect(writer.longestGapMs).toBeGreaterThan(200);
    expect(writer.longestGapMs).toBeLessThanOrEqual(FENCE_LIMIT_MS);
    stuck.release();
    await pair.asked(uid);
    expect(kinds(await pair.said(uid))).toContain('cutover-undone');
    expect(await roleOf(pair.at.new)).toBe('slave');
  });
});

describe('I4: nobody promotes by accident', () => {
  it('I4 a policy that changes under a running migration takes back what was approved', {
    timeout: 60_000,
  }, async () => {
    const pair = await given({ policy: ['    approvals: 2'] });
    const uid = await pair.follow();
    await pair.wish(uid, 'approved');
    const before = await seen(pair, uid, 'one approval', (now) => approvalsOf(now) === 1);
    await pair.stopWorker();
    // The one approval that there is would be enough from now on.
    await pair.startWorker(['    approvals: 1']);
    const after = await pair.asked(uid);
    expect(after.round).toBeGreaterThan(before.round);
    expect(after.digest).not.toBe(before.digest);
    expect(approvalsOf(after)).toBe(0);
    expect(await pair.said(uid)).toContainEqual(
      expect.objectContaining({ kind: 'approval-withdrawn', reason: 'the configuration changed' }),
    );
    expect(phases(after)).not.toContain('cutting-over');
    expect(await roleOf(pair.at.new)).toBe('slave');
    const cutOver = await pair.cutOver(uid);
    expect(cutOver.state.phase).toBe('watching');
  });
});

describe('I5: no silent destruction', () => {
  it('I5 keys that came after the plan are not deleted: Start is asked anew', {
    timeout: 60_000,
  }, async () => {
    const pair = await given();
    const uid = await pair.plan();
    const planned = await pair.record(uid);
    await ask(pair.at.new, [['SET', 'late-arrival', '1']]);
    await pair.wish(uid, 'start-requested');
    const again = await seen(
      pair,
      uid,
      'the new plan',
      (now) => now.state.phase === 'planned' && now.round > planned.round,
    );
    if (again.state.phase !== 'planned') throw new Error('unreachable');
    expect(again.state.startedBy).toBeNull();
    expect(again.state.plan.pairs[0]?.dropsKeys).toBe(1);
    expect(phases(again)).not.toContain('syncing');
    const refused = (await pair.said(uid)).find((body) => body.kind === 'start-refused');
    expect(refused?.reason).toContain('1 key');
    expect(await ask(pair.at.new, [['EXISTS', 'late-arrival']])).toEqual([1]);
    expect(await roleOf(pair.at.new)).toBe('master');
  });

  it('I5 a target made a primary by hand while it syncs is left alone', { timeout: 60_000 }, async () => {
    const trace = traced();
    // The snapshot waits so long that the target can be taken away before it comes.
    const pair = await given({
      settings: { 'repl-diskless-sync': 'yes', 'repl-diskless-sync-delay': '20' },
      trace: trace.port,
    });
    const uid = await pair.plan();
    const pointed = trace.hold('after follow:target');
    await pair.wish(uid, 'start-requested');
    await pointed.reached;
    await promoteByHand(pair);
    pointed.release();
    await isLeftAlone(pair, uid, 'syncing');
  });

  it('I5 a target made a primary by hand while it follows is left alone', { timeout: 60_000 }, async () => {
    const pair = await given();
    const uid = await pair.follow();
    await promoteByHand(pair);
    await isLeftAlone(pair, uid, 'following');
  });
});

describe('I10: unknown is not fine', () => {
  it('I10 a lag that cannot be measured takes back the approval, and nothing is promoted', {
    timeout: 90_000,
  }, async () => {
    const pair = await given({ policy: ['    approvals: 2'] });
    onTestFinished(() => pair.source.resume());
    const uid = await pair.follow();
    await pair.wish(uid, 'approved');
    await seen(pair, uid, 'one approval', (now) => approvalsOf(now) === 1);
    pair.source.pause();
    await pair.wish(uid, 'approved', 'U0EVA');
    const after = await seen(pair, uid, 'the approvals taken back', (now) => approvalsOf(now) === 0);
    expect(['following', 'syncing']).toContain(after.state.phase);
    const told = (await pair.said(uid)).find((body) => body.kind === 'approval-withdrawn');
    expect(told?.reason).toContain('carts-old does not answer');
    pair.source.resume();
    const again = await pair.asked(uid);
    expect(phases(again)).not.toContain('cutting-over');
    expect(await roleOf(pair.at.old)).toBe('master');
    expect(await roleOf(pair.at.new)).toBe('slave');
  });
});

const QUICK = { sourceOptions: { settings: { 'repl-diskless-sync-delay': '0' } } };

async function given(options: Partial<LoadedPairOptions> = {}): Promise<LoadedPair> {
  const pair = await startLoadedPair({ source: 'redis-7.0', target: 'redis-8.0', ...options });
  onTestFinished(() => pair.stop());
  await ask(pair.at.old, [['MSET', 'a', '1', 'b', '2', 'c', '3']]);
  return pair;
}

async function promoteByHand(pair: LoadedPair): Promise<void> {
  await ask(pair.at.new, [
    ['REPLICAOF', 'NO', 'ONE'],
    ['SET', 'by-hand', '1'],
  ]);
}

/** A person is asked, and the server keeps its role and its data. */
async function isLeftAlone(pair: LoadedPair, uid: string, from: Phase): Promise<void> {
  const { state } = await pair.reaches(uid, 'needs-human');
  if (state.phase !== 'needs-human') throw new Error('unreachable');
  expect(state.from.phase).toBe(from);
  expect(state.question).toContain('carts-new is a primary');
  expect(kinds(await pair.said(uid))).toContain('needs-human');
  // A successor, with no memory of it, must not point it anywhere either.
  const guard = async () => String((await ask(pair.at.old, [['GET', 'ferry:guard']]))[0]);
  const before = await guard();
  await pair.stopWorker();
  await pair.startWorker();
  await until(async () => (await guard()) !== before, { what: 'a successor drives it', deadlineMs: 20_000 });
  expect(await roleOf(pair.at.new)).toBe('master');
  expect(await ask(pair.at.new, [['GET', 'by-hand']])).toEqual([Buffer.from('1')]);
}

async function seen(
  pair: LoadedPair,
  uid: string,
  what: string,
  holds: (migration: Migration) => boolean,
): Promise<Migration> {
  return until(
    async () => {
      const now = await pair.record(uid);
      return holds(now) ? now : null;
    },
    { what, deadlineMs: 40_000 },
  );
}

function approvalsOf({ state }: Migration): number {
  return state.phase === 'following' ? state.approvals.length : 0;
}

function phases({ timeline }: Migration): readonly Phase[] {
  return timeline.map(({ phase }) => phase);
}

function kinds(said: readonly AnnouncementBody[]): string[] {
  return said.map(({ kind }) => kind);
}

async function roleOf(at: Address): Promise<string | null> {
  const [info] = await ask(at, [['INFO', 'replication']]);
  return infoText(parseInfo(String(info)), 'role');
}

/** Calls back at an act, or holds the worker there. */
function traced() {
  const at = new Map<string, () => void | Promise<void>>();
  const port: ActTrace = {
    at: async (moment, act) => {
      const name = `${moment} ${act}`;
      const what = at.get(name);
      at.delete(name);
      await what?.();
    },
  };
  return {
    port,
    on: (name: string, what: () => void) => void at.set(name, what),
    hold(name: string) {
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const reached = new Promise<void>((resolve) => {
        at.set(name, () => {
          resolve();
          return released;
        });
      });
      return { reached, release };
    },
  };
}

/** Writes one key after the other over one connection that it keeps. */
async function steadyWriter(at: Address) {
  const client = await RespClient.open(at, 'ferry-test-writer');
  const seen = { acknowledged: 0, refused: 0, longestGapMs: 0 };
  let stopped = false;
  const loop = async (): Promise<void> => {
    let lastMs = performance.now();
    while (!stopped) {
      const reply = await client.send('SET', 'steady', String(seen.acknowledged));
      const nowMs = performance.now();
      seen.longestGapMs = Math.max(seen.longestGapMs, nowMs - lastMs);
      lastMs = nowMs;
      if (isError(reply)) seen.refused += 1;
      else seen.acknowledged += 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const ended = loop().catch((error: unknown) => {
    if (!stopped) throw error;
  });
  return {
    get acknowledged() {
      return seen.acknowledged;
    },
    get refused() {
      return seen.refused;
    },
    get longestGapMs() {
      return seen.longestGapMs;
    },
    async stop() {
      stopped = true;
      client.close();
      await ended;
    },
  };
}
