// I2 under load: whatever was acknowledged before a lasting fence is on the follower as soon as that has the proof.

import { describe, expect, inject, it } from 'vitest';
import { capabilitiesOf } from '../../src/migration/capabilities.ts';
import { holdRef, routeBetween } from '../../src/migration/route.ts';
import type { RespClient } from '../../src/sandbox/load/resp.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import type { ActResult } from '../../src/workflow/ports.ts';
import { heldLink } from '../support/held-link.ts';
import { server } from '../support/servers.ts';
import { until } from '../support/until.ts';
import {
  enlisting,
  guarded,
  heldPassword,
  owner,
  PASSWORD,
  PASSWORD_REF,
  pairOf,
  TIMEOUT_MS,
} from './control-pair.ts';
import { application, say, sayAnew } from './fence-clients.ts';

const LASTING = Object.entries(inject('servers')).flatMap(([id, { flavour, version }]) => {
  const running = { product: flavour, version };
  const { fence } = routeBetween(running, running);
  return fence === 'pause' ? [] : [{ id, fence, can: capabilitiesOf(running).can }];
});

function done<T>(result: ActResult<T>): T {
  if (result.kind === 'done') return result.value;
  throw new Error(`${result.kind}: ${result.why}`);
}

type Way = (key: string) => readonly string[][];

const PLAIN: Way = (key) => [['SET', key, '1']];
const QUEUED: Way = (key) => [['MULTI'], ['SET', key, '1'], ['EXEC']];
const SCRIPT: Way = (key) => [['EVAL', "return redis.call('SET', KEYS[1], '1')", '1', key]];

/** Writes one key after another until it is stopped, over a new connection whenever one is closed. */
function keepWriting(source: RunningServer, name: string, way: Way) {
  const acknowledged: string[] = [];
  let refused = 0;
  let stopped = false;
  const connected = () => application(source, PASSWORD).catch(() => null);
  const run = async (): Promise<void> => {
    let client: RespClient | null = await connected();
    for (let n = 0; !stopped; n += 1) {
      const key = `${name}:${n}`;
      const seen = client === null ? 'refused' : await say(client, ...way(key));
      if (seen === 'OK') acknowledged.push(key);
      else refused += 1;
      if (client?.isOpen !== true) client = await connected();
    }
  };
  const running = run();
  return {
    acknowledged,
    get refused() {
      return refused;
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

describe.each(LASTING)('$id', ({ id, fence, can }) => {
  it('I2 the follower has every acknowledged write when it has the proof; I1 none is taken after', async () => {
    const [source, target] = await Promise.all([server(id, { password: PASSWORD }), server(id)]);
    const pair = pairOf(source.port, target.port);
    const records = enlisting();
    const old = await guarded(
      { ...pair, source: { ...pair.source, passwordRef: PASSWORD_REF } },
      'source',
      owner(1),
      records,
    );
    const next = await guarded(pair, 'target', owner(1), records);
    done(await next.changeSetting('masterauth', PASSWORD, TIMEOUT_MS));
    done(await next.follow(pair.source.address, TIMEOUT_MS));
    await until(
      async () => {
        const { role } = await next.observe(TIMEOUT_MS);
        return role.kind === 'replica' && role.linkUp;
      },
      { what: 'the target follows' },
    );

    const ways = [PLAIN, PLAIN, QUEUED, ...(can('scripts') ? [SCRIPT] : [])];
    const writers = ways.map((way, i) => keepWriting(source, `w${i}`, way));
    await until(() => writers.every(({ acknowledged }) => acknowledged.length > 200), { what: 'all write' });
    const hold = done(await old.planHold(fence, 1, TIMEOUT_MS));
    const proof = done(await old.fence(hold, 500, TIMEOUT_MS));
    await until(async () => (await next.reached(proof, TIMEOUT_MS)).reached, {
      what: 'the proof',
      everyMs: 1,
    });
    done(await next.promote(TIMEOUT_MS));
    await until(() => writers.every(({ refused }) => refused > 20), { what: 'all are refused' });
    await Promise.all(writers.map((each) => each.stop()));

    const acknowledged = writers.flatMap((each) => each.acknowledged);
    const reader = await application(target, null);
    const missing: string[] = [];
    for (const key of acknowledged) if ((await say(reader, ['GET', key])) !== '1') missing.push(key);
    expect(missing).toEqual([]);
    // Nothing came after the proof either: both sides have the same number of keys, but for Ferry's own.
    const password = fence === 'password' ? heldPassword(holdRef('u1', 1)) : PASSWORD;
    const left = await application(source, password);
    expect(await say(left, ['DBSIZE'])).toBe(await say(reader, ['DBSIZE']));
  });
});

/** Where a follower keeps its link through refusals, and both count. */
const COUNTING = LASTING.filter(({ fence, can }) => fence === 'password' && can('offsets'));

it.each(COUNTING)('I2 $id: a follower that counted refusals has nothing that it lacks', async ({ id }) => {
  const [source, target] = await Promise.all([server(id), server(id)]);
  const link = await heldLink(source.port);
  const pair = pairOf(source.port, target.port);
  const records = enlisting();
  const old = await guarded(pair, 'source', owner(1), records);
  const next = await guarded(pair, 'target', owner(1), records);
  done(await next.follow({ host: '127.0.0.1', port: link.port }, TIMEOUT_MS));
  const seen = () => next.observe(TIMEOUT_MS);
  const ahead = async () => (await seen()).offset - (await old.observe(TIMEOUT_MS)).offset;
  await until(
    async () => {
      const { role } = await seen();
      return role.kind === 'replica' && role.linkUp && (await ahead()) === 0;
    },
    { what: 'the target follows' },
  );

  // An attempt that was undone: each of its seconds one acknowledgement is refused, 34 bytes.
  const hold = done(await old.planHold('password', 1, TIMEOUT_MS));
  done(await old.fence(hold, 500, TIMEOUT_MS));
  await until(async () => (await ahead()) > 200, { what: 'the target is ahead', deadlineMs: 20_000 });
  done(await old.lift(hold, TIMEOUT_MS));

  link.hold();
  expect(await sayAnew(source, null, ['SET', 'last', '1'])).toBe('OK');
  const proof = done(await old.fence(hold, 500, TIMEOUT_MS));
  expect(await next.reached(proof, TIMEOUT_MS)).toMatchObject({ reached: false });
  link.letGo();
  await until(async () => (await next.reached(proof, TIMEOUT_MS)).reached, { what: 'the proof' });
  expect(await sayAnew(target, null, ['GET', 'last'])).toBe('1');
  done(await old.lift(hold, TIMEOUT_MS));
});
