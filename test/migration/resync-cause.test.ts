// A cause is named only where facts show it, with the setting to change and a value; else none is.

import { describe, expect, it } from 'vitest';
import type { EndedTransfer } from '../../src/migration/resync.ts';
import { explain, parseOutputLimit, type TransferLimits } from '../../src/migration/resync-cause.ts';

const MB = 1024 ** 2;

const ENDED: EndedTransfer = {
  lastedMs: 20_000,
  furthest: 'transferring',
  arrived: false,
  loadingMs: null,
  targetEmpty: false,
  silentSeconds: null,
  peakBufferBytes: null,
  queuedBytes: null,
  unseenBytes: null,
  limitStruck: null,
  writtenBytesPerSecond: null,
  wholeMs: null,
};

const LIMITS: TransferLimits = {
  source: 'carts-old',
  target: 'carts-new',
  output: { hardBytes: 256 * MB, softBytes: 64 * MB, softSeconds: 60 },
  className: 'replica',
  sourceTimeoutSeconds: 60,
  targetTimeoutSeconds: 60,
  sourceUsedBytes: 0,
};

function why(ended: Partial<EndedTransfer>, limits: Partial<TransferLimits> = {}) {
  return explain({ ...ENDED, ...ended }, { ...LIMITS, ...limits });
}

describe('the output buffer', () => {
  it('by the count of the source', () => {
    const { cause, remedy } = why({ limitStruck: true });
    expect(cause).toContain('client-output-buffer-limit replica: 256 MB at once, 64 MB for 60 s');
    expect(remedy).toContain(
      'client-output-buffer-limit "replica 1073741824 1073741824 60" on carts-old (1 GB)',
    );
  });

  it('not, where that count did not move', () => {
    expect(why({ limitStruck: false, peakBufferBytes: 300 * MB }).cause).toBe(null);
  });

  it('by a buffer that was nearly full', () => {
    expect(why({ peakBufferBytes: 250 * MB }).cause).toContain('at least 250 MB waited');
    expect(why({ peakBufferBytes: 60 * MB }).cause).toBe(null);
    expect(why({ peakBufferBytes: 60 * MB, lastedMs: 61_000 }).cause).toContain('output buffer');
  });

  it('by what was written since the snapshot began', () => {
    expect(why({ queuedBytes: 256 * MB }).cause).toContain('output buffer');
    expect(why({ queuedBytes: 255 * MB }).cause).toBe(null);
  });

  it('by what was written while it came and went unseen', () => {
    const { cause } = why({ unseenBytes: 256 * MB });
    expect(cause).toContain('256 MB were written while it came and went');
    expect(why({ unseenBytes: 255 * MB }).cause).toBe(null);
    expect(why({ unseenBytes: 256 * MB, limitStruck: false }).cause).toBe(null);
  });

  it('never where there is no limit', () => {
    const output = parseOutputLimit('0 0 0');
    expect(why({ peakBufferBytes: 900 * MB, queuedBytes: 900 * MB }, { output }).cause).toBe(null);
    expect(why({ queuedBytes: 900 * MB }, { output: null }).cause).toBe(null);
  });

  it('the value has room for the writes of a whole sync, twice', () => {
    const { remedy } = why({ limitStruck: true, writtenBytesPerSecond: 20 * MB, wholeMs: 50_000 });
    expect(remedy).toContain(`"replica ${2048 * MB} ${2048 * MB} 60"`);
    expect(why({ limitStruck: true }, { className: 'slave' }).remedy).toContain('"slave ');
  });
});

describe('repl-timeout', () => {
  it('by the seconds without a byte', () => {
    const { cause, remedy } = why({ silentSeconds: 58 });
    expect(cause).toContain('no byte for about 60 s');
    expect(remedy).toContain('Set repl-timeout 300 on both (now 60 s on carts-old, 60 s on carts-new).');
    expect(why({ silentSeconds: 40 }).cause).toBe(null);
  });

  it('the shorter of both counts, and 0 is none', () => {
    expect(why({ silentSeconds: 9 }, { targetTimeoutSeconds: 10 }).cause).toContain('about 10 s');
    expect(why({ silentSeconds: 58 }, { targetTimeoutSeconds: 0 }).cause).toContain('about 60 s');
    const unknown = { sourceTimeoutSeconds: null, targetTimeoutSeconds: null };
    expect(why({ silentSeconds: 58 }, unknown).cause).toBe(null);
  });

  it('by a load that took longer', () => {
    expect(why({ furthest: 'loading', arrived: true, loadingMs: 70_000 }).cause).toContain('loaded for 70 s');
    expect(why({ furthest: 'loading', arrived: true, loadingMs: 50_000 }).cause).toBe(null);
  });
});

describe('the rest', () => {
  it('a snapshot that arrived and was given up at once cannot be loaded', () => {
    const given = { arrived: true, targetEmpty: true, furthest: 'loading', lastedMs: 1_200 } as const;
    expect(why(given).cause).toContain('cannot load it');
    expect(why({ ...given, targetEmpty: false }).cause).toBe(null);
    expect(why({ ...given, arrived: false }).cause).toBe(null);
    expect(why({ ...given, lastedMs: 30_000 }).cause).toBe(null);
  });

  it('the network only where everything else is known not to be it', () => {
    expect(why({ limitStruck: false, silentSeconds: 0 }).cause).toContain('was cut');
    expect(why({ limitStruck: null, silentSeconds: 0 }).cause).toBe(null);
    expect(why({ limitStruck: false, silentSeconds: null }).cause).toBe(null);
    expect(why({ limitStruck: false, silentSeconds: 0, furthest: 'waiting' }).cause).toBe(null);
  });

  it('unknown is an allowed answer', () => {
    expect(why({})).toEqual({ cause: null, remedy: null });
  });
});

it('the limit is read of the class of the replicas; 0 is none', () => {
  expect(parseOutputLimit('268435456 67108864 60')).toEqual({
    hardBytes: 256 * MB,
    softBytes: 64 * MB,
    softSeconds: 60,
  });
  expect(parseOutputLimit('1048576 0 0')?.softBytes).toBe(Number.POSITIVE_INFINITY);
  expect(parseOutputLimit('1048576 0 0', 32 * MB)?.hardBytes).toBe(32 * MB);
  expect(parseOutputLimit(null)).toBe(null);
});
