// What a fence must be able to put back before it is set, what it leaves alone, and what it costs in round trips.

import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { capabilitiesOf } from '../../src/migration/capabilities.ts';
import { type Hold, holdRef, routeBetween } from '../../src/migration/route.ts';
import { clientLists } from '../../src/redis/clients.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { server } from '../support/servers.ts';
import { until } from '../support/until.ts';
import {
  control,
  enlisting,
  guarded,
  heldPassword,
  owner,
  PASSWORD,
  PASSWORD_REF,
  pairOf,
  TIMEOUT_MS,
} from './control-pair.ts';
import { application, say } from './fence-clients.ts';

const ALL = Object.entries(inject('servers')).map(([id, { flavour, version }]) => {
  const running = { product: flavour, version };
  return { id, fence: routeBetween(running, running).fence, can: capabilitiesOf(running).can };
});
const BY_ADDRESS = ALL.filter(({ can }) => !can('client-ids'));
const HOLD: Hold = { kind: 'password', was: { ref: PASSWORD_REF }, now: { ref: holdRef('u1', 1) } };

/** A guarded control connection to a source on which the inventory's password is, or is not. */
async function acting(port: number, passwordRef: string | null) {
  const pair = pairOf(port, 1);
  const source = { ...pair.source, passwordRef };
  return guarded({ ...pair, source }, 'source', owner(1), enlisting());
}

// Any version takes a new password; which servers need it is the route's matter.
describe('a password that could not be put back', () => {
  it('I12 is not replaced: another one than the inventory names', async () => {
    const source = await server('redis-6.0', { password: PASSWORD });
    const control = await acting(source.port, PASSWORD_REF);
    const admin = await application(source, PASSWORD);
    for (const [present, reason] of [
      ['another', /has another password than the one that the inventory names/],
      ['', /has no password, but the inventory names one/],
    ] as const) {
      expect(await say(admin, ['CONFIG', 'SET', 'requirepass', present])).toBe('OK');
      const planned = await control.planHold('password', 1, TIMEOUT_MS);
      expect(planned).toMatchObject({ kind: 'refused', why: expect.stringMatching(reason) });
      // I9
      expect(JSON.stringify(planned)).not.toMatch(/another"|sesame/);
    }
    expect(await say(admin, ['CONFIG', 'SET', 'requirepass', PASSWORD])).toBe('OK');
    expect(await control.planHold('password', 1, TIMEOUT_MS)).toEqual({ kind: 'done', value: HOLD });
  });

  it('I12 is not replaced: one that the inventory does not know', async () => {
    const source = await server('redis-6.0');
    const control = await acting(source.port, null);
    const admin = await application(source, null);
    expect(await say(admin, ['CONFIG', 'SET', 'requirepass', 'another'])).toBe('OK');
    expect(await control.planHold('password', 1, TIMEOUT_MS)).toMatchObject({
      kind: 'refused',
      why: expect.stringMatching(/has a password, but the inventory names none/),
    });
  });

  const between = ['redis-6.0', ...BY_ADDRESS.map(({ id }) => id)];
  it.each(between)('I12 %s: comes back at once where it was set after the plan', async (id) => {
    const source = await server(id, { password: PASSWORD });
    const control = await acting(source.port, PASSWORD_REF);
    const admin = await application(source, PASSWORD);
    const planned = await control.planHold('password', 1, TIMEOUT_MS);
    if (planned.kind !== 'done') throw new Error(planned.why);
    expect(await say(admin, ['CONFIG', 'SET', 'requirepass', 'another'])).toBe('OK');
    const fenced = await control.fence(planned.value, 500, TIMEOUT_MS);
    expect(fenced).toMatchObject({ kind: 'refused', why: expect.stringContaining('at the moment') });
    expect(JSON.stringify(fenced)).not.toMatch(/another|sesame|hold-u1/);
    const again = await application(source, 'another');
    expect(await say(again, ['SET', 'taken', '1'], ['CONFIG', 'GET', 'requirepass'])).toBe(
      'requirepass, another',
    );
  });

  it('I12 is left alone on lifting where somebody else changed it since', async () => {
    const source = await server('redis-6.0', { password: PASSWORD });
    const control = await acting(source.port, PASSWORD_REF);
    const admin = await application(source, PASSWORD);
    expect(await say(admin, ['CONFIG', 'SET', 'requirepass', 'another'])).toBe('OK');
    const lifted = await control.lift(HOLD, TIMEOUT_MS);
    expect(lifted).toMatchObject({ kind: 'refused', why: expect.stringMatching(/leaves it as it is/) });
    expect(JSON.stringify(lifted)).not.toMatch(/another|sesame|hold-u1/);
    expect(await say(admin, ['CONFIG', 'GET', 'requirepass'])).toBe('requirepass, another');
    const ours = heldPassword(holdRef('u1', 1));
    expect(await say(admin, ['CONFIG', 'SET', 'requirepass', ours])).toBe('OK');
    expect(await control.lift(HOLD, TIMEOUT_MS)).toEqual({ kind: 'done', value: undefined });
    expect(await say(admin, ['CONFIG', 'GET', 'requirepass'])).toBe(`requirepass, ${PASSWORD}`);
  });
});

it('I11 a plan that is asked for every second lists the clients every 10 s at most', async () => {
  const source = await server('redis-6.0');
  const [pair, records] = [pairOf(source.port, 1), enlisting()];
  const opened = await control(pair, 'source', owner(1), records, false, clientLists());
  if (opened === null) throw new Error('not the owner');
  expect(await opened.takeGuard(TIMEOUT_MS)).toMatchObject({ kind: 'done' });
  const admin = await application(source, null);
  const calls = async () => {
    const stats = await say(admin, ['INFO', 'commandstats']);
    return Number(/cmdstat_client:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  };
  const before = await calls();
  expect(await opened.planHold('password', 1, TIMEOUT_MS)).toMatchObject({ kind: 'done' });
  for (let tick = 0; tick < 3; tick += 1)
    // Whom the fence would have to close is not known as of now (I1).
    expect(await opened.planHold('password', 1, TIMEOUT_MS)).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('less than 10 s ago'),
    });
  expect((await calls()) - before).toBe(1);
});

describe('the rights of users', () => {
  const USERS = [
    ['ana', 'on', '>secret', '~carts:*', '-@all', '+@read', '+set', '+config|get'],
    ['bob', 'on', '>secret', '>second', '~*', '+@all', '-@dangerous', '-@admin'],
    ['off', 'off', '>secret', '~*', '+@all'],
    ['reader', 'on', 'nopass', '~*', '+@read'],
  ];
  const arrange = async (): Promise<{ source: RunningServer; list: () => Promise<string> }> => {
    const source = await server('redis-6.0');
    const admin = await application(source, null);
    for (const user of USERS) expect(await say(admin, ['ACL', 'SETUSER', ...user])).toBe('OK');
    return { source, list: () => say(admin, ['ACL', 'LIST']) };
  };

  it('I12 come back exactly: rules, patterns, passwords, and those of users that are off', async () => {
    const { source, list } = await arrange();
    const before = await list();
    // Logged in before it was switched off: such a connection goes on.
    const ana = await application(source, null);
    expect(await say(ana, ['AUTH', 'ana', 'secret'], ['SET', 'carts:1', 'x'])).toBe('OK');
    const control = await acting(source.port, null);
    const planned = await control.planHold('acl', 1, TIMEOUT_MS);
    if (planned.kind !== 'done') throw new Error(planned.why);
    expect(planned.value).toMatchObject({
      users: expect.arrayContaining([expect.objectContaining({ name: 'off', rules: '+@all' })]),
    });
    expect(await control.fence(planned.value, 1, TIMEOUT_MS)).toMatchObject({ kind: 'done' });
    expect(await list()).not.toBe(before);
    expect(await say(ana, ['SET', 'carts:1', 'y'])).toMatch(/^NOPERM/);
    expect(await say(ana, ['GET', 'carts:1'])).toBe('x');
    expect(await control.lift(planned.value, TIMEOUT_MS)).toMatchObject({ kind: 'done' });
    expect(await list()).toBe(before);
    expect(await say(ana, ['SET', 'carts:1', 'y'])).toBe('OK');
  });

  it('are not given to a user that somebody deleted meanwhile', async () => {
    const { source, list } = await arrange();
    const control = await acting(source.port, null);
    const planned = await control.planHold('acl', 1, TIMEOUT_MS);
    if (planned.kind !== 'done') throw new Error(planned.why);
    expect(await control.fence(planned.value, 1, TIMEOUT_MS)).toMatchObject({ kind: 'done' });
    await say(await application(source, null), ['ACL', 'DELUSER', 'bob']);
    expect(await control.lift(planned.value, TIMEOUT_MS)).toMatchObject({ kind: 'done' });
    expect(await list()).not.toContain('bob');
  });
});

/** Before the server; counts the writes of whoever connects through it. */
async function countingWrites(serverPort: number): Promise<{ port: number; writes: () => number }> {
  const sockets = new Set<Socket>();
  let writes = 0;
  const proxy = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.on('data', () => {
      writes += 1;
    });
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const address = proxy.address();
  return { port: address !== null && typeof address === 'object' ? address.port : 0, writes: () => writes };
}

describe.each(ALL)('on $id', ({ id, fence, can }) => {
  it('sets the fence, takes its proof and arms again in one write where connections are ended by type', async () => {
    const source = await server(id);
    const proxy = await countingWrites(source.port);
    const control = await acting(proxy.port, null);
    const planned = await control.planHold(fence, 1, TIMEOUT_MS);
    if (planned.kind !== 'done') throw new Error(planned.why);
    const before = proxy.writes();
    expect(await control.fence(planned.value, 500, TIMEOUT_MS)).toMatchObject({ kind: 'done' });
    expect(proxy.writes() - before).toBe(can('client-ids') ? 1 : 2);
    expect(control.armed).toBe(true);
    await control.lift(planned.value, TIMEOUT_MS);
  });

  it('takes a marker for its proof behind a password', async () => {
    if (fence !== 'password') return;
    const source = await server(id);
    const control = await acting(source.port, null);
    const planned = await control.planHold(fence, 1, TIMEOUT_MS);
    if (planned.kind !== 'done') throw new Error(planned.why);
    const fenced = await control.fence(planned.value, 500, TIMEOUT_MS);
    if (fenced.kind !== 'done' || fenced.value.kind !== 'marker') throw new Error('no marker');
    expect(await control.reached(fenced.value, TIMEOUT_MS)).toMatchObject({ reached: true });
    await control.lift(planned.value, TIMEOUT_MS);
  });
});

it.each(BY_ADDRESS)(
  'I1 $id: a client on the socket file is closed, or the fence does not count',
  async ({ id, can }) => {
    const socket = 'local.sock';
    const source = await server(id, { password: PASSWORD, settings: { unixsocket: socket } });
    const local = connect(join(source.dir, socket));
    onTestFinished(() => void local.destroy());
    let answered = '';
    local.on('error', () => undefined);
    local.on('data', (chunk: Buffer) => {
      answered += chunk.toString();
    });
    local.write(`AUTH ${PASSWORD}\r\n`);
    await until(() => answered === '+OK\r\n', { what: 'the client is logged in' });
    const control = await acting(source.port, PASSWORD_REF);
    const planned = await control.planHold('password', 1, TIMEOUT_MS);
    // 2.4 does not tell such clients from others; they are found when they are still there.
    if (can('info-sections')) {
      expect(planned).toMatchObject({ kind: 'refused', why: expect.stringContaining('socket file') });
      return;
    }
    if (planned.kind !== 'done') throw new Error(planned.why);
    const fenced = await control.fence(planned.value, 500, TIMEOUT_MS);
    local.write('SET from:local 1\r\n');
    if (fenced.kind === 'done') await until(() => local.closed, { what: 'the client is closed' });
    else expect(fenced).toMatchObject({ kind: 'unknown', why: expect.stringContaining('cannot be closed') });
    expect(await control.lift(planned.value, TIMEOUT_MS)).toMatchObject({ kind: 'done' });
  },
);
