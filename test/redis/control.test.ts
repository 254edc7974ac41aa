// Acts on live servers: what a fence lets pass, who may act, and what a lost reply leaves behind.

import { describe, expect, inject, it } from 'vitest';
import { capabilitiesOf } from '../../src/migration/capabilities.ts';
import { type FenceKind, type Hold, holdRef, routeBetween } from '../../src/migration/route.ts';
import type { ActResult, ControlConnection } from '../../src/workflow/ports.ts';
import { lossyProxy } from '../support/lossy-proxy.ts';
import { server } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { client, control, enlisting, guarded, owner, pairOf, TIMEOUT_MS } from './control-pair.ts';

const PAUSE_MS = 4_000;

/** The servers of this run. */
const ALL = Object.entries(inject('servers')).map(([id, { flavour, version }]) => {
  const running = { product: flavour, version };
  return { id, fence: routeBetween(running, running).fence, can: capabilitiesOf(running).can };
});

/** A hold of each kind, whose lifting would change something. */
const HOLDS: Readonly<Record<FenceKind, Hold>> = {
  pause: { kind: 'pause' },
  acl: { kind: 'acl', users: [{ name: 'default', rules: '-@all +get' }] },
  password: { kind: 'password', was: { text: 'another' }, now: { ref: holdRef('u1', 1) } },
};
const { pause: PAUSE } = HOLDS;

/** Every method that changes a server under the guard. */
const VERBS: Readonly<
  Record<string, (acting: ControlConnection, port: number, hold: Hold) => Promise<ActResult<unknown>>>
> = {
  fence: (acting, _, hold) => acting.fence(hold, 500, TIMEOUT_MS),
  lift: (acting, _, hold) => acting.lift(hold, TIMEOUT_MS),
  follow: (acting, port) => acting.follow({ host: '127.0.0.1', port }, TIMEOUT_MS),
  promote: (acting) => acting.promote(TIMEOUT_MS),
  empty: (acting) => acting.empty(TIMEOUT_MS),
  changeSetting: (acting) => acting.changeSetting('repl-timeout', '77', TIMEOUT_MS),
  rewriteConfig: (acting) => acting.rewriteConfig(TIMEOUT_MS),
  holdLock: (acting) => acting.holdLock(10_000, TIMEOUT_MS),
  writeCanary: (acting) => acting.writeCanary(TIMEOUT_MS),
  removeOwnKeys: (acting) => acting.removeOwnKeys(TIMEOUT_MS),
  takeGuard: (acting) => acting.takeGuard(TIMEOUT_MS),
};

describe.each(ALL.filter(({ fence }) => fence === 'pause'))('on $id', ({ id: version }) => {
  it('holds writes, scripts and transactions under the fence, and lets its own acts pass', async () => {
    const [source, target] = await Promise.all([server(version), server(version)]);
    const acting = await guarded(pairOf(source.port, target.port), 'source', owner(1), enlisting());
    const fenced = await acting.fence(PAUSE, PAUSE_MS, TIMEOUT_MS);
    expect(fenced.kind).toBe('done');
    const answered: string[] = [];
    const writes = {
      set: client(source).set('k', '1'),
      eval: client(source).eval("return redis.call('SET', KEYS[1], '1')", 1, 'k'),
      multi: client(source).multi().set('k', '1').exec(),
    };
    for (const [name, write] of Object.entries(writes)) {
      write.then(
        () => answered.push(name),
        (error: Error) => answered.push(`${name}: ${error.message.split(' ')[0]}`),
      );
    }
    await until(async () => /blocked_clients:3\b/.test(await client(source).info('clients')), {
      what: 'three writers are held',
    });
    expect(await acting.arm(TIMEOUT_MS)).toBe(true);
    const followed = await acting.follow({ host: '127.0.0.1', port: target.port }, TIMEOUT_MS);
    expect(followed).toEqual({ kind: 'done', value: { offset: expect.any(Number), wasPrimary: true } });
    expect(answered).toEqual([]);
    expect(await acting.lift(PAUSE, TIMEOUT_MS)).toEqual({ kind: 'done', value: undefined });
    await until(() => answered.length === 3, { what: 'the held writers are answered', deadlineMs: 2_000 });
    // I1: whoever was held gets an error, not a second primary.
    expect(answered.filter((each) => !each.includes(': '))).toEqual([]);
  });
});

describe.each(ALL)('on $id', ({ id, fence, can }) => {
  it('I8 a late process cannot act: every verb of an earlier epoch is refused', async () => {
    const [source, target] = await Promise.all([server(id, { configFile: true }), server(id)]);
    const pair = pairOf(source.port, target.port);
    const records = enlisting();
    const roleOf = async () => (await client(source).info()).match(/^(role|master_\w+|slave\w+):.*$/gm);
    for (const [verb, act] of Object.entries(VERBS)) {
      if (verb === 'rewriteConfig' && !can('config-rewrite')) continue;
      const late = await guarded(pair, 'source', owner(1, verb), records);
      const successor = await guarded(pair, 'source', owner(2, verb), records);
      const before = await roleOf();
      expect(await act(late, target.port, HOLDS[fence]), verb).toMatchObject({ kind: 'refused' });
      expect(await roleOf(), verb).toEqual(before);
      expect(await client(source).get('ferry:guard'), verb).toBe(`${verb}:2`);
      await successor.removeOwnKeys(TIMEOUT_MS);
    }
  });

  it('makes a server follow another and takes it back, and sees what it has of a proof', async () => {
    // From 7.0 on they wait 5 s by default before they transfer without a disk.
    const settings: Record<string, string> = can('functions') ? { 'repl-diskless-sync-delay': '0' } : {};
    const [source, target] = await Promise.all([server(id, { settings }), server(id)]);
    const pair = pairOf(source.port, target.port);
    const records = enlisting();
    const old = await guarded(pair, 'source', owner(1), records);
    const next = await guarded(pair, 'target', owner(1), records);
    expect(await next.follow(pair.source.address, TIMEOUT_MS)).toMatchObject({
      kind: 'done',
      value: { wasPrimary: true },
    });
    const linked = { role: { kind: 'replica', of: 'peer', linkUp: true } };
    await until(async () => expect(await next.observe(TIMEOUT_MS)).toMatchObject(linked) ?? true, {
      what: 'the target follows',
    });
    const written = await old.writeCanary(TIMEOUT_MS);
    if (written.kind !== 'done') throw new Error(written.why);
    const marker = { ...written.value, kind: 'marker' } as const;
    await until(async () => (await next.reached(marker, TIMEOUT_MS)).reached, { what: 'the marker arrives' });
    expect(await next.reached({ ...marker, value: 'never written' }, TIMEOUT_MS)).toEqual({
      reached: false,
      offset: null,
    });
    const { offset } = await old.observe(TIMEOUT_MS);
    if (can('offsets')) {
      const proof = { kind: 'offset', offset } as const;
      await until(async () => (await next.reached(proof, TIMEOUT_MS)).reached, {
        what: 'the offset is reached',
      });
    } else {
      expect(offset).toBe(-1);
      const proof = { kind: 'offset', offset: 0 } as const;
      expect(await next.reached(proof, TIMEOUT_MS)).toEqual({ reached: false, offset: null });
    }
    expect(await next.promote(TIMEOUT_MS)).toMatchObject({ kind: 'done' });
    expect((await next.observe(TIMEOUT_MS)).role).toEqual({ kind: 'primary' });
  });
});

it('I8 a successor ends the connections of earlier owners, and a stale owner cannot enlist', async () => {
  const [source, target] = await Promise.all([server('redis-7.0'), server('redis-8.0')]);
  const pair = pairOf(source.port, target.port);
  const records = enlisting();
  const late = await guarded(pair, 'source', owner(1), records);
  records.currentEpoch = 2;
  const successor = await control(pair, 'source', owner(2), records, false);
  const earlier = records.enlisted.filter((each) => each.epoch < 2);
  await successor?.endConnections(earlier, TIMEOUT_MS);
  await until(() => !late.armed, { what: 'the late connection is ended' });
  expect(await late.follow({ host: '127.0.0.1', port: target.port }, TIMEOUT_MS)).toMatchObject({
    kind: 'refused',
  });
  expect(await client(source).info('replication')).toMatch(/role:master/);
  expect(await control(pair, 'source', owner(1), records)).toBeNull();
});

it('I8 a lost reply is unknown, and the act ran exactly once', async () => {
  const [source, target] = await Promise.all([server('redis-7.0'), server('redis-8.0')]);
  const proxy = await lossyProxy(source.port);
  const acting = await guarded(pairOf(proxy.port, target.port), 'source', owner(1), enlisting());
  proxy.loseAnswerTo('REPLICAOF');
  const followed = await acting.follow({ host: '127.0.0.1', port: target.port }, TIMEOUT_MS);
  expect(followed.kind).toBe('unknown');
  expect(proxy.passed('REPLICAOF')).toBe(1);
  const stats = await client(source).info('commandstats');
  expect(stats).toMatch(/cmdstat_replicaof:calls=1,/);
  expect(await client(source).info('replication')).toMatch(/role:slave/);
  // The connection is spent: nothing goes over it again.
  expect(await acting.promote(TIMEOUT_MS)).toMatchObject({ kind: 'refused' });
});

it('refuses a guard of another migration and one of a later epoch', async () => {
  const [source, target] = await Promise.all([server('redis-7.0'), server('redis-8.0')]);
  const pair = pairOf(source.port, target.port);
  const records = enlisting();
  await guarded(pair, 'source', owner(3), records);
  const stale = await control(pair, 'source', owner(2), records, false);
  const other = await control(pair, 'source', owner(9, 'u2'), records, false);
  expect(await stale?.takeGuard(TIMEOUT_MS)).toMatchObject({ kind: 'refused' });
  expect(await other?.takeGuard(TIMEOUT_MS)).toMatchObject({ kind: 'refused' });
  expect(await client(source).get('ferry:guard')).toBe('u1:3');
  expect(await client(source).pttl('ferry:guard')).toBeGreaterThan(0);
});

it('acts although its own guard was renewed since it was armed, and tells the trace', async () => {
  const [source, target] = await Promise.all([server('redis-7.0'), server('redis-8.0')]);
  const pair = pairOf(source.port, target.port);
  const records = enlisting();
  const first = await guarded(pair, 'source', owner(1), records);
  await guarded(pair, 'source', owner(1), records);
  records.acts.length = 0;
  expect(await first.changeSetting('repl-timeout', '77', TIMEOUT_MS)).toMatchObject({ kind: 'done' });
  expect(await first.readSetting('repl-timeout', TIMEOUT_MS)).toBe('77');
  expect(records.acts).toEqual(['before set-repl-timeout:source', 'after set-repl-timeout:source']);
});

it('changes only the class of replicas in the output buffer limit', async () => {
  const [source, target] = await Promise.all([server('redis-7.0'), server('redis-8.0')]);
  const acting = await guarded(pairOf(source.port, target.port), 'source', owner(1), enlisting());
  const name = 'client-output-buffer-limit';
  expect(await acting.readSetting(name, TIMEOUT_MS)).toBe('268435456 67108864 60');
  expect(await acting.changeSetting(name, '1073741824 0 0', TIMEOUT_MS)).toMatchObject({ kind: 'done' });
  expect(await acting.readSetting(name, TIMEOUT_MS)).toBe('1073741824 0 0');
  const whole = await client(source).config('GET', name);
  expect(String(whole)).toMatch(/normal 0 0 0 .*pubsub 33554432 8388608 60/);
});

it('I12 takes its own keys away and leaves those of others', async () => {
  const [source, target] = await Promise.all([server('redis-7.0'), server('redis-8.0')]);
  const acting = await guarded(pairOf(source.port, target.port), 'source', owner(1), enlisting());
  expect(await acting.holdLock(10_000, TIMEOUT_MS)).toEqual({ kind: 'done', value: { heldBy: null } });
  expect(await acting.writeCanary(TIMEOUT_MS)).toMatchObject({
    kind: 'done',
    value: { key: 'ferry:canary:u1', value: expect.any(String), sentMs: expect.any(Number) },
  });
  await client(source).set('cart:1', 'x');
  await acting.removeOwnKeys(TIMEOUT_MS);
  expect(await client(source).keys('*')).toEqual(['cart:1']);
  await client(source).set('ferry:lock', 'another');
  await acting.takeGuard(TIMEOUT_MS);
  expect(await acting.holdLock(10_000, TIMEOUT_MS)).toEqual({ kind: 'done', value: { heldBy: 'another' } });
  await acting.removeOwnKeys(TIMEOUT_MS);
  expect(await client(source).keys('*')).toEqual(expect.arrayContaining(['ferry:lock', 'cart:1']));
});

it('says that there is no config file to rewrite', async () => {
  const [source, target] = await Promise.all([server('redis-7.0'), server('redis-8.0')]);
  const acting = await guarded(pairOf(source.port, target.port), 'source', owner(1), enlisting());
  expect(await acting.rewriteConfig(TIMEOUT_MS)).toEqual({ kind: 'done', value: false });
});

it('ends the connections of ordinary clients and none of its own', async () => {
  const [source, target] = await Promise.all([server('redis-7.0'), server('redis-8.0')]);
  const acting = await guarded(pairOf(source.port, target.port), 'source', owner(1), enlisting());
  const [one, two] = [client(source), client(source)];
  await Promise.all([one.ping(), two.ping()]);
  expect(await acting.endOrdinaryClients(TIMEOUT_MS)).toEqual({ kind: 'done', value: 2 });
  await until(() => one.status === 'end' && two.status === 'end', { what: 'the clients are gone' });
  expect(acting.armed).toBe(true);
});
