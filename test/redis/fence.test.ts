// The fences before 6.2 on live servers of every version at hand: nothing gets through, whoever writes and however;
// lifting puts everything back as it was; a successor can lift what another set.

import { describe, expect, inject, it } from 'vitest';
import { capabilitiesOf } from '../../src/migration/capabilities.ts';
import type { Pair } from '../../src/migration/migration.ts';
import { type Hold, holdRef, routeBetween } from '../../src/migration/route.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import type { ActResult, ControlConnection } from '../../src/workflow/ports.ts';
import { server } from '../support/servers.ts';
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
import { application, say, sayAnew, writersAt } from './fence-clients.ts';

const PAUSE_MS = 1_000;
const ATTEMPT = 1;

/** The servers of this run that are held by something that lasts. */
const LASTING = Object.entries(inject('servers')).flatMap(([id, { flavour, version }]) => {
  const running = { product: flavour, version };
  const { fence } = routeBetween(running, running);
  return fence === 'pause' ? [] : [{ id, fence, can: capabilitiesOf(running).can }];
});

/**
 * What clients see of it. A monitor reads its feed first, which begins with the time: what it wrote is looked for
 * in the data, as is what everybody else wrote.
 */
const REFUSED =
  /^(NOPERM|NOAUTH|closed|\d+\.\d+ |ERR operation not permitted|ERR invalid password|ERR Error running script.*can't run this command)/;

function done<T>(result: ActResult<T>): T {
  if (result.kind === 'done') return result.value;
  throw new Error(`${result.kind}: ${result.why}`);
}

function withPassword(pair: Pair, passwordRef: string | null): Pair {
  return { ...pair, source: { ...pair.source, passwordRef } };
}

/** What the fence must not leave changed. */
async function accessOf(source: RunningServer, password: string | null, acl: boolean): Promise<string> {
  const client = await application(source, password);
  const requirepass = await say(client, ['CONFIG', 'GET', 'requirepass']);
  return acl ? `${requirepass}\n${await say(client, ['ACL', 'LIST'])}` : requirepass;
}

const cases = LASTING.flatMap((each) => [
  { ...each, password: null, how: 'without a password' },
  { ...each, password: PASSWORD, how: 'with a password' },
]);

describe.each(cases)('$id $how', ({ id, fence, can, password }) => {
  const isHeld = fence === 'password';
  const start = async () => {
    const source = await server(id, password === null ? {} : { password });
    // Nobody follows: only the source's side of the fence is looked at here.
    const pair = withPassword(pairOf(source.port, 1), password === null ? null : PASSWORD_REF);
    return { source, pair, records: enlisting() };
  };
  const planned = async (acting: ControlConnection): Promise<Hold> =>
    done(await acting.planHold(fence, ATTEMPT, TIMEOUT_MS));

  it('I1 holds every write, and lifting puts everything back', async () => {
    const { source, pair, records } = await start();
    const before = await accessOf(source, password, can('acl'));
    const acting = await guarded(pair, 'source', owner(1), records);
    const writers = await writersAt(source, password, can('scripts'));
    const hold = await planned(acting);
    // I9: what is recorded holds no password.
    expect(JSON.stringify(hold)).not.toMatch(new RegExp(`${PASSWORD}|${heldPassword(holdRef('u1', 1))}`));
    const proof = done(await acting.fence(hold, PAUSE_MS, TIMEOUT_MS));
    expect(proof.kind).toBe(isHeld ? 'marker' : 'offset');
    const seen = await writers.write();
    const passed = Object.entries(seen).filter(([, words]) => !REFUSED.test(words));
    expect(passed).toEqual([]);
    // Reads go on where only the right to write was taken.
    expect(await writers.read()).toMatch(isHeld ? REFUSED : /^1$/);
    const observed = await acting.observe(TIMEOUT_MS);
    expect(observed).toMatchObject({ held: isHeld, role: { kind: 'primary' } });

    done(await acting.lift(hold, TIMEOUT_MS));
    expect((await acting.observe(TIMEOUT_MS)).held).toBe(false);
    expect(await accessOf(source, password, can('acl'))).toBe(before);
    const client = await application(source, password);
    expect(await say(client, ['KEYS', 'from:*'])).toBe('from:before');
    expect([null, 'closed']).toContain(writers.popped);
    expect(await say(client, ['SET', 'from:after', '1'])).toBe('OK');
    done(await acting.writeCanary(TIMEOUT_MS));
  });

  it('may be set twice and lifted twice, and lifted where it was never set', async () => {
    const { source, pair, records } = await start();
    const before = await accessOf(source, password, can('acl'));
    const acting = await guarded(pair, 'source', owner(1), records);
    const hold = await planned(acting);
    done(await acting.lift(hold, TIMEOUT_MS));
    expect(await accessOf(source, password, can('acl'))).toBe(before);
    done(await acting.fence(hold, PAUSE_MS, TIMEOUT_MS));
    done(await acting.fence(hold, PAUSE_MS, TIMEOUT_MS));
    expect(await sayAnew(source, password, ['SET', 'from:anew', '1'])).toMatch(REFUSED);
    done(await acting.lift(hold, TIMEOUT_MS));
    done(await acting.lift(hold, TIMEOUT_MS));
    expect(await accessOf(source, password, can('acl'))).toBe(before);
    done(await acting.writeCanary(TIMEOUT_MS));
  });

  it('I3 is lifted by a successor, which logs in with what it knows; I8 the late owner is refused', async () => {
    const { source, pair, records } = await start();
    const before = await accessOf(source, password, can('acl'));
    const late = await guarded(pair, 'source', owner(1), records);
    const hold = await planned(late);
    done(await late.fence(hold, PAUSE_MS, TIMEOUT_MS));

    records.currentEpoch = 2;
    const instance = { ...pair.source, holdRef: holdRef('u1', ATTEMPT) };
    const successor = await control({ ...pair, source: instance }, 'source', owner(2), records);
    if (successor === null) throw new Error('not the owner');
    expect(successor.armed).toBe(true);
    expect((await successor.observe(TIMEOUT_MS)).held).toBe(isHeld);
    done(await successor.lift(hold, TIMEOUT_MS));
    done(await successor.takeGuard(TIMEOUT_MS));
    expect(await accessOf(source, password, can('acl'))).toBe(before);
    expect(await late.fence(hold, PAUSE_MS, TIMEOUT_MS)).toMatchObject({ kind: 'refused' });
    expect(await accessOf(source, password, can('acl'))).toBe(before);
    done(await successor.fence(hold, PAUSE_MS, TIMEOUT_MS));
    expect(await late.lift(hold, TIMEOUT_MS)).toMatchObject({ kind: 'refused' });
    expect(await sayAnew(source, password, ['SET', 'from:anew', '1'])).toMatch(REFUSED);
    done(await successor.lift(hold, TIMEOUT_MS));
    await successor.endConnections(
      records.enlisted.filter(({ epoch }) => epoch < 2),
      TIMEOUT_MS,
    );
    await expect(late.observe(TIMEOUT_MS)).rejects.toMatchObject({ code: 'unreachable' });
    expect(successor.armed).toBe(true);
  });

  if (fence === 'acl') {
    it('I12 where it stands already it is not planned anew, from rules that are not those of before', async () => {
      const { source, pair, records } = await start();
      const before = await accessOf(source, password, true);
      const first = await guarded(pair, 'source', owner(1), records);
      expect(await first.leftHold(TIMEOUT_MS)).toBeNull();
      const hold = await planned(first);
      done(await first.fence(hold, PAUSE_MS, TIMEOUT_MS));
      records.currentEpoch = 2;
      const successor = await control(pair, 'source', owner(2), records);
      if (successor === null) throw new Error('not the owner');
      expect(await successor.planHold(fence, ATTEMPT + 1, TIMEOUT_MS)).toMatchObject({ kind: 'refused' });
      // I3: what was there before is on the server, for whoever has no record of it; nobody else's, and no password.
      expect(await successor.leftHold(TIMEOUT_MS)).toEqual(hold);
      const stranger = await control(pair, 'source', owner(1, 'u2'), records, false).catch(() => null);
      expect((await stranger?.leftHold(TIMEOUT_MS)) ?? null).toBeNull();
      done(await successor.lift(hold, TIMEOUT_MS));
      expect(await accessOf(source, password, true)).toBe(before);
      done(await successor.takeGuard(TIMEOUT_MS));
      done(await successor.writeCanary(TIMEOUT_MS));
      expect(await successor.leftHold(TIMEOUT_MS)).toBeNull();
      done(await successor.planHold(fence, ATTEMPT + 1, TIMEOUT_MS));
    });
  }

  it('ends the connections of ordinary clients and none of its own', async () => {
    const { source, pair, records } = await start();
    const acting = await guarded(pair, 'source', owner(1), records);
    const another = await control(pair, 'source', owner(1), records);
    const client = await application(source, password);
    expect(await say(client, ['PING'])).toBe('PONG');
    expect(await acting.endOrdinaryClients(TIMEOUT_MS)).toEqual({ kind: 'done', value: 1 });
    expect(await say(client, ['PING'])).toBe('closed');
    expect((await acting.observe(TIMEOUT_MS)).role).toEqual({ kind: 'primary' });
    expect(another?.armed).toBe(true);
  });
});
