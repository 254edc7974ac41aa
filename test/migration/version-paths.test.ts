// Who can follow whom, cell by cell as measured on real servers, and the way back.

import { describe, expect, test } from 'vitest';
import type { Identity } from '../../src/migration/instance.ts';
import { nameOf, pathBetween, wayBack } from '../../src/migration/version-paths.ts';

const VERSIONS = ['6.2.16', '7.0.15', '7.2.6', '7.4.1', '8.0.2', 'v8.0.1', 'v8.1.1', 'v9.1.2'] as const;
type Version = (typeof VERSIONS)[number];

function running(version: string): Pick<Identity, 'product' | 'version'> {
  return version.startsWith('v')
    ? { product: 'valkey', version: version.slice(1) }
    : { product: 'redis', version };
}

/** As measured: a row a source, its targets in the order of VERSIONS. `ok*`: follows, but lacks commands. */
const MEASURED: Readonly<Record<Version, string>> = {
  '6.2.16': 'ok ok ok ok ok ok ok ok',
  '7.0.15': 'no ok ok ok ok ok ok ok',
  '7.2.6': 'no no ok ok ok ok ok ok',
  '7.4.1': 'no no no ok ok no no no',
  '8.0.2': 'no no no ok* ok no no no',
  'v8.0.1': 'no no ok ok ok ok ok ok',
  'v8.1.1': 'no no ok ok ok ok ok ok',
  'v9.1.2': 'no no ok* ok* ok ok* ok* ok',
};

const CELLS = VERSIONS.flatMap((source) =>
  VERSIONS.map((target, i) => ({ source, target, measured: MEASURED[source].split(' ')[i] ?? '' })),
);

describe('who can follow whom', () => {
  test.each(CELLS)('$source to $target: $measured', ({ source, target, measured }) => {
    const path = pathBetween(running(source), running(target));
    expect({ ok: 'ok', warned: 'ok*', no: 'no' }[path.kind]).toBe(measured);
    if (path.kind !== 'no') expect(path.unmeasured).toBeNull();
  });

  test('the refusal reads as people need it', () => {
    const path = pathBetween(running('8.0.2'), running('v8.1.1'));
    expect(path).toEqual({
      kind: 'no',
      reason: 'cannot read snapshots of Redis 8.0 (format 12)',
      alternative: 'Choose Redis 8.0 or newer.',
    });
    expect(pathBetween(running('7.0.15'), running('6.2.16'))).toMatchObject({
      alternative: 'Choose Redis 7.0 or newer, or Valkey 7.2 or newer.',
    });
  });

  test('what an older target would miss is named', () => {
    expect(pathBetween(running('8.0.2'), running('7.4.1'))).toMatchObject({
      kind: 'warned',
      commands: ['HSETEX', 'HGETEX', 'HGETDEL'],
    });
  });

  test('hash fields that expire bar the older format of Valkey 9, and only there', () => {
    const barred = CELLS.filter(({ source, target }) => {
      const path = pathBetween(running(source), running(target));
      return path.kind !== 'no' && path.losesExpiringFields;
    });
    expect(new Set(barred.map(({ source }) => source))).toEqual(new Set(['v9.1.2']));
    expect(barred.map(({ target }) => target)).not.toContain('v9.1.2');
    expect(barred.map(({ target }) => target)).toContain('8.0.2');
  });

  test('I10 a version that nobody measured is never plainly fine', () => {
    expect(pathBetween(running('8.2.1'), running('9.0.0'))).toMatchObject({
      kind: 'ok',
      unmeasured: 'Redis 8.2.1 and Redis 9.0.0 are newer than the versions that Ferry was measured with.',
    });
    expect(pathBetween(running('9.0.0'), running('v8.1.1')).kind).toBe('no');
  });

  test('Valkey is called by its own name and version', () => {
    expect(nameOf(running('v8.1.1'))).toBe('Valkey 8.1.1');
    expect(nameOf(running('7.0.15'))).toBe('Redis 7.0.15');
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
    ['4.0.14', '6.2.16'],
  ] as const;

  test.each(PAIRS)('%s can follow %s again', (source, target) => {
    expect(wayBack(running(source), running(target))).toMatchObject({
      possible: true,
      why: expect.stringContaining('by partial resync while the backlog lasts'),
    });
  });

  test('not before PSYNC2, which a full resync would have to replace', () => {
    const way = wayBack(running('3.2.13'), running('7.0.15'));
    expect(way).toMatchObject({ possible: false, why: expect.stringContaining('PSYNC2') });
  });

  test('a source that cannot read the target, or does not know its commands, is a caution', () => {
    const { caution } = wayBack(running('7.0.15'), running('8.0.2'));
    expect(caution).toContain('cannot read snapshots of Redis 8.0 (format 12)');
    expect(caution).toContain('a break that outlasts the backlog closes the way back');
    expect(caution).toContain('differs in silence once clients use them');
    expect(wayBack(running('8.0.2'), running('8.0.2')).caution).toBeNull();
    expect(wayBack(running('7.2.6'), running('v8.1.1')).caution).toBeNull();
  });
});
