// Who can follow whom, cell by cell as measured on real servers, and the way back.

import { describe, expect, test } from 'vitest';
import type { Running } from '../../src/migration/capabilities.ts';
import { routeBetween } from '../../src/migration/route.ts';
import { pathBetween, wayBack } from '../../src/migration/version-paths.ts';
import { measuredPath, RELEASES, type Release } from '../support/measured-paths.ts';

/** The server that each release of the table was measured with. */
const SERVERS: Readonly<Record<Release, string>> = {
  'redis-2.4': '2.4.16',
  'redis-2.6': '2.6.16',
  'redis-2.8': '2.8.24',
  'redis-3.2': '3.2.13',
  'redis-4.0': '4.0.14',
  'redis-5.0': '5.0.14',
  'redis-6.0': '6.0.16',
  'redis-6.2': '6.2.16',
  'redis-7.0': '7.0.15',
  'redis-7.2': '7.2.6',
  'redis-7.4': '7.4.1',
  'redis-8.0': '8.0.2',
  'valkey-8.0': 'v8.1.1',
  'valkey-9.1': 'v9.1.2',
};

function running(version: string): Running {
  return version.startsWith('v')
    ? { product: 'valkey', version: version.slice(1) }
    : { product: 'redis', version };
}

const CELLS = RELEASES.flatMap((source) =>
  RELEASES.map((target) => ({
    source: running(SERVERS[source]),
    target: running(SERVERS[target]),
    cell: `${source} to ${target}`,
    measured: measuredPath(source, target),
  })),
);

describe('who can follow whom', () => {
  test('every cell of the table is held', () => {
    expect(CELLS).toHaveLength(14 * 14);
  });

  test.each(CELLS)('$cell: $measured', ({ source, target, measured }) => {
    const path = pathBetween(source, target);
    const told = { ok: 'ok', warned: 'ok*', no: 'no' }[path.kind];
    expect(told).toBe(measured === 'breaks' ? 'ok' : measured);
    if (path.kind === 'no') {
      expect(path.reason).toMatch(/^cannot read snapshots of (Redis|Valkey) \d\.\d \(format \d+\)$/);
      expect(path.alternative).toMatch(/^Choose (Redis|Valkey) \d\.\d or newer/);
      return;
    }
    expect(path.unmeasured).toBeNull();
    expect(routeBetween(source, target).through).toBe(measured === 'breaks' ? 'relay' : 'direct');
  });

  test('what is refused cannot be reached over a third version either', () => {
    const follows = (source: Running, target: Running) => pathBetween(source, target).kind !== 'no';
    const refused = CELLS.filter(({ measured }) => measured === 'no');
    const chained = refused.filter(({ source, target }) =>
      RELEASES.map((each) => running(SERVERS[each])).some(
        (between) => follows(source, between) && follows(between, target),
      ),
    );
    expect(chained.map(({ cell }) => cell)).toEqual([]);
  });

  test('what is named instead can follow, and knows every command', () => {
    for (const { source, target } of CELLS) {
      const path = pathBetween(source, target);
      if (path.kind !== 'no') continue;
      const named = [...path.alternative.matchAll(/(Redis|Valkey) (\d\.\d) or newer/g)];
      expect(named.length).toBeGreaterThan(0);
      for (const [, product, version] of named) {
        const other = running(product === 'Valkey' ? `v${version}` : (version ?? ''));
        expect(pathBetween(source, other)).toMatchObject({ kind: 'ok' });
      }
    }
  });

  test('the refusal reads as people need it', () => {
    expect(pathBetween(running('8.0.2'), running('v8.1.1'))).toEqual({
      kind: 'no',
      reason: 'cannot read snapshots of Redis 8.0 (format 12)',
      alternative: 'Choose Redis 8.0 or newer; no move over a third version leads there either.',
    });
    expect(pathBetween(running('7.0.15'), running('6.2.16'))).toMatchObject({
      alternative:
        'Choose Redis 7.0 or newer, or Valkey 7.2 or newer; no move over a third version leads there either.',
    });
  });

  test.each([
    ['2.8.24', '2.6.16', ['PFADD', 'PFMERGE', 'ZREMRANGEBYLEX']],
    ['6.0.16', '5.0.14', ['INCRBYFLOAT', 'SET … KEEPTTL']],
    ['8.0.2', '7.4.1', ['HSETEX', 'HGETEX', 'HGETDEL', 'VADD']],
  ])('what an older target would miss of %s at %s is named', (source, target, commands) => {
    expect(pathBetween(running(source), running(target))).toMatchObject({ kind: 'warned', commands });
  });

  test('6.2 to 6.0 names what 6.2 brought, and not what goes into the stream as older commands', () => {
    const path = pathBetween(running('6.2.16'), running('6.0.16'));
    const commands = path.kind === 'warned' ? path.commands : [];
    expect(commands).toEqual(expect.arrayContaining(['LMOVE', 'COPY', 'ZRANGESTORE', 'ZADD … GT and LT']));
    for (const same of ['GETEX', 'GETDEL', 'BLMOVE']) expect(commands).not.toContain(same);
  });

  test('an option that few use is told, and is no more than that', () => {
    const path = pathBetween(running('v8.1.1'), running('v8.0.1'));
    expect(path).toMatchObject({ kind: 'ok', rarities: ['SET … IFEQ'] });
    expect(pathBetween(running('v8.0.1'), running('v8.1.1'))).toMatchObject({ kind: 'ok', rarities: [] });
  });

  test('hash fields that expire bar the older format of Valkey 9, and only there', () => {
    const barred = CELLS.filter(({ source, target }) => {
      const path = pathBetween(source, target);
      return path.kind !== 'no' && path.losesExpiringFields;
    });
    expect(barred.map(({ cell }) => cell)).toEqual([
      'valkey-9.1 to redis-7.2',
      'valkey-9.1 to redis-7.4',
      'valkey-9.1 to redis-8.0',
      'valkey-9.1 to valkey-8.0',
    ]);
  });
});

describe('versions that nobody measured', () => {
  test('I10 a newer one is never plainly fine', () => {
    expect(pathBetween(running('8.2.1'), running('9.0.0'))).toMatchObject({
      kind: 'ok',
      unmeasured: 'Redis 8.2.1 and Redis 9.0.0 are newer than the versions that Ferry was measured with.',
    });
    expect(pathBetween(running('9.0.0'), running('v8.1.1')).kind).toBe('no');
  });

  test.each(['2.4.16', '2.6.16'])('%s to one goes through the relay, and is flagged', (version) => {
    for (const target of [running('9.9.9'), running('v11.0.0')]) {
      expect(pathBetween(running(version), target)).toMatchObject({
        kind: 'ok',
        unmeasured: expect.stringContaining('newer than the versions'),
      });
      expect(routeBetween(running(version), target).through).toBe('relay');
    }
  });

  test.each(['2.2.15', 'unknown', ''])('I10 `%s` is refused on either side', (version) => {
    expect(pathBetween(running(version), running('8.0.2'))).toMatchObject({
      kind: 'no',
      reason: expect.stringContaining('older than every Redis that Ferry was measured with'),
      alternative: 'Ferry moves Redis 2.4 and newer.',
    });
    expect(pathBetween(running('2.4.16'), running(version)).kind).toBe('no');
    expect(wayBack(running('2.4.16'), running(version)).possible).toBe(false);
  });

  test('a release between two measured ones counts as the older of them', () => {
    expect(pathBetween(running('3.0.7'), running('2.8.24'))).toMatchObject({
      kind: 'warned',
      commands: ['ZADD with options'],
    });
    expect(pathBetween(running('3.0.7'), running('8.0.2')).kind).toBe('ok');
  });
});

describe('the way back', () => {
  /** Measured: by partial resync, although the source cannot read the target's snapshots. */
  const PAIRS = [
    ['6.2.16', '7.0.15'],
    ['7.0.15', '8.0.2'],
    ['7.0.15', 'v9.1.2'],
    ['7.2.6', 'v8.1.1'],
    ['6.0.16', '8.0.2'],
    ['5.0.14', '7.0.15'],
    ['4.0.14', '6.2.16'],
  ] as const;

  test.each(PAIRS)('%s can follow %s again', (source, target) => {
    expect(wayBack(running(source), running(target))).toMatchObject({
      possible: true,
      why: expect.stringContaining('by partial resync while the backlog lasts'),
    });
    expect(routeBetween(running(source), running(target)).demotion).toBe('follow');
  });

  test.each(['2.4.16', '2.6.16', '2.8.24', '3.2.13'])('%s has none, with the reason', (version) => {
    expect(wayBack(running(version), running('7.0.15'))).toEqual({
      possible: false,
      why: `Redis ${version} cannot follow Redis 7.0.15 without loading a new snapshot; that takes 4.0 or newer on both sides`,
      caution: null,
      loses: [],
    });
  });

  test('a source that cannot read the target, or does not know its commands, is a caution', () => {
    const { caution, loses } = wayBack(running('7.0.15'), running('8.0.2'));
    expect(caution).toContain('cannot read snapshots of Redis 8.0 (format 12)');
    expect(caution).toContain('a break that outlasts the backlog closes the way back');
    expect(caution).toContain('differs in silence once clients use them');
    expect(loses).toEqual([]);
    expect(wayBack(running('8.0.2'), running('8.0.2')).caution).toBeNull();
    expect(wayBack(running('7.2.6'), running('v8.0.1')).caution).toBeNull();
  });

  test.each([
    ['6.0.16', '8.0.2', ['SETEX', 'SET with an expiry', 'XREADGROUP']],
    ['6.2.16', '7.0.15', ['XREADGROUP']],
    ['5.0.14', '6.0.16', ['INCRBYFLOAT']],
    ['4.0.14', '7.0.15', ['SETEX', 'SET with an expiry', 'INCRBYFLOAT']],
    ['6.0.16', 'v8.1.1', ['SETEX', 'SET with an expiry', 'XREADGROUP']],
    ['4.0.14', '5.0.14', []],
  ])('I2 what %s would lose of what its clients write to %s is named', (source, target, loses) => {
    const way = wayBack(running(source), running(target));
    expect(way.loses).toEqual(loses);
    if (loses.length > 0) expect(way.caution).toContain('misses what clients write by them');
  });
});
