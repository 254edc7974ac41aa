// How the writes go over, for each generation of servers, and what clients are told to see.

import { describe, expect, test } from 'vitest';
import type { Running } from '../../src/migration/capabilities.ts';
import { fenceClause, fenceText } from '../../src/migration/fence-texts.ts';
import { predictedFenceMs, type Route, routeBetween } from '../../src/migration/route.ts';

const redis = (version: string): Running => ({ product: 'redis', version });
const valkey = (version: string): Running => ({ product: 'valkey', version });

/** Source, target: through, fence, proof, demotion, and the upper bound of the fence. */
const ROUTES: readonly [Running, Running, string, number][] = [
  [redis('2.4.16'), redis('2.6.16'), 'direct password marker password', 50],
  [redis('2.4.16'), redis('5.0.14'), 'direct password marker password', 50],
  [redis('2.4.16'), redis('8.0.2'), 'relay password marker password', 50],
  [redis('2.6.16'), redis('2.8.24'), 'direct password marker set-aside', 50],
  [redis('2.6.16'), valkey('8.1.1'), 'relay password marker set-aside', 50],
  [redis('2.8.24'), redis('2.6.16'), 'direct password marker set-aside', 50],
  [redis('2.8.24'), redis('8.0.2'), 'direct password marker set-aside', 50],
  [redis('3.2.13'), redis('4.0.14'), 'direct password marker set-aside', 50],
  [redis('4.0.14'), redis('4.0.14'), 'direct password marker follow', 50],
  [redis('5.0.14'), redis('7.0.15'), 'direct password marker follow', 50],
  [redis('6.0.16'), redis('8.0.2'), 'direct acl offset follow', 30],
  [redis('6.0.16'), redis('5.0.14'), 'direct acl offset follow', 30],
  [redis('6.2.16'), redis('7.0.15'), 'direct pause offset follow', 20],
  [redis('7.2.6'), valkey('8.0.1'), 'direct pause offset follow', 20],
  [valkey('9.1.2'), redis('8.0.2'), 'direct pause offset follow', 20],
  [redis('9.0.0'), valkey('10.0.0'), 'direct pause offset follow', 20],
];

function named(running: Running): string {
  return `${running.product} ${running.version}`;
}

describe('routes', () => {
  test.each(ROUTES.map(([from, to, ...rest]) => [named(from), named(to), from, to, ...rest] as const))(
    '%s to %s',
    (_from, _to, from, to, ways, ms) => {
      const route = routeBetween(from, to);
      expect(`${route.through} ${route.fence} ${route.proof} ${route.demotion}`).toBe(ways);
      expect(predictedFenceMs(route)).toBe(ms);
    },
  );

  test('a revert goes the other way: its fence is that of the new server', () => {
    expect(routeBetween(redis('8.0.2'), redis('6.0.16'))).toMatchObject({
      fence: 'pause',
      demotion: 'follow',
    });
    expect(routeBetween(redis('5.0.14'), redis('4.0.14'))).toMatchObject({ fence: 'password' });
  });
});

describe('what clients see', () => {
  const route = (fence: Route['fence'], demotion: Route['demotion'] = 'follow'): Route => ({
    through: 'direct',
    fence,
    proof: 'offset',
    demotion,
  });

  test('each fence says what writers and readers get, and in the approval in a clause', () => {
    expect(fenceText(route('pause'))).toMatchObject({
      clause: 'writers wait',
      during: expect.stringMatching(/^Writes wait .* reads go on/),
    });
    expect(fenceText(route('acl'))).toMatchObject({
      clause: 'writers get NOPERM',
      during: expect.stringMatching(/NOPERM .* reads go on/),
    });
    expect(fenceText(route('password'))).toMatchObject({
      clause: 'connections are closed, readers and writers refused',
      during: expect.stringMatching(/^Every connection is closed.* NOAUTH .*ERR operation not permitted/),
    });
  });

  test('the old address answers READONLY afterwards, but 2.4 goes on refusing', () => {
    expect(fenceText(route('password', 'set-aside')).after).toContain('READONLY');
    expect(fenceText(route('password', 'password')).after).toMatch(/refusing everybody.* 2\.4/);
  });

  test('pairs that are held in one way are told once', () => {
    expect(fenceClause([route('acl'), route('acl')])).toBe('writers get NOPERM');
    expect(fenceClause([route('acl'), route('pause')])).toBe('writers get NOPERM; writers wait');
  });
});
