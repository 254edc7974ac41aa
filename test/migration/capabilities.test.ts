// What each version can do, at the edges where it changes, and what Ferry says where it cannot.

import { describe, expect, test } from 'vitest';
import {
  CAPABILITIES,
  type Capability,
  capabilitiesOf,
  compareVersions,
  refuseVersion,
} from '../../src/migration/capabilities.ts';

const REDIS = (version: string) => capabilitiesOf({ product: 'redis', version });
const VALKEY = (version: string) => capabilitiesOf({ product: 'valkey', version });

/** First version that has it, and the newest measured one that has not. */
const FIRST: Readonly<Record<Capability, readonly [has: string, hasNot: string]>> = {
  'pause-writes': ['6.2.16', '6.0.16'],
  psync2: ['4.0.14', '3.2.13'],
  'acl-dryrun': ['7.0.15', '6.2.16'],
  expiretime: ['7.0.15', '6.2.16'],
  functions: ['7.0.15', '6.2.16'],
  'client-no-touch': ['7.2.6', '7.0.15'],
};

describe('capabilities', () => {
  test.each(CAPABILITIES)('%s comes with its version, with a reason before', (capability) => {
    const [has, hasNot] = FIRST[capability];
    expect(REDIS(has).can(capability)).toBe(true);
    expect(REDIS(has).whyNot(capability)).toBe('');
    expect(REDIS(hasNot).can(capability)).toBe(false);
    expect(REDIS(hasNot).whyNot(capability)).toMatch(
      new RegExp(`^Redis ${hasNot} .*; Redis \\d\\.\\d and newer can\\.$`),
    );
    expect(VALKEY('8.0.1').can(capability)).toBe(true);
  });

  test('10.0 is newer than 9.1, and 7.10 than 7.2', () => {
    expect(compareVersions('10.0.0', '9.1.2')).toBeGreaterThan(0);
    expect(compareVersions('7.10.0', '7.2.6')).toBeGreaterThan(0);
    expect(compareVersions('7.0', '7.0.0')).toBe(0);
    expect(compareVersions('8.0-m01', '8.0.2')).toBeLessThan(0);
  });

  test('a version newer than measured can what the newest can, and is flagged', () => {
    expect(REDIS('8.0.6').measured).toBe(true);
    expect(VALKEY('9.1.2').measured).toBe(true);
    for (const newer of [REDIS('8.2.0'), REDIS('9.0.0'), VALKEY('9.2.0'), VALKEY('10.0.0')]) {
      expect(newer.measured).toBe(false);
      expect(CAPABILITIES.every((capability) => newer.can(capability))).toBe(true);
    }
  });

  test('a version that cannot be read can nothing', () => {
    expect(CAPABILITIES.filter((capability) => REDIS('unknown').can(capability))).toEqual([]);
  });
});

describe('versions before 6.2', () => {
  test.each(['2.4.16', '2.8.24', '5.0.14', '6.0.16'])(
    'Redis %s is refused for now, with the reason',
    (version) => {
      expect(refuseVersion('carts-old', { product: 'redis', version })).toMatchObject({
        code: 'version-too-old',
        message: expect.stringContaining(`carts-old runs Redis ${version}, which cannot hold writes`),
        hint: expect.stringContaining('later'),
      });
    },
  );

  test.each([
    { product: 'redis', version: '6.2.0' },
    { product: 'redis', version: '8.0.2' },
    { product: 'valkey', version: '7.2.5' },
  ] as const)('$product $version is not', (running) => {
    expect(refuseVersion('carts-old', running)).toBeNull();
  });
});
