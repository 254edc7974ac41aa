// A record of version 2 is read as what it was: nothing lost, and nothing made up of what it did not measure.

import { describe, expect, it } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import { PHASES } from '../../src/migration/migration.ts';
import { decode, encode } from '../../src/store/codec.ts';
import { earlierRecords } from './earlier-records.ts';

const records = earlierRecords(2);

function read(phase: string) {
  const text = records.find((record) => record.phase === phase)?.text;
  if (text === undefined) throw new Error(`no record of version 2 is ${phase}`);
  return decode(text);
}

function codeOf(text: string): string {
  try {
    decode(text);
  } catch (error) {
    if (error instanceof FerryError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

it('there is one in every phase', () => {
  expect(records.map(({ phase }) => phase).sort()).toEqual([...PHASES].sort());
});

describe.each(records)('$phase', ({ text, migration }) => {
  it('loses nothing', () => {
    expect(decode(text)).toMatchObject(migration);
  });

  it('comes back as it went from now on', () => {
    expect(decode(encode(decode(text)))).toEqual(decode(text));
  });

  it('I10 has no latency that was measured, no transfer, and is no rehearsal', () => {
    const unmeasured = { latency: { verdict: 'unknown', incidents: 0 }, transfers: [], rehearsal: null };
    expect(decode(text)).toMatchObject(unmeasured);
  });

  it('I10 is not taken for one of version 3', () => {
    expect(codeOf(JSON.stringify({ v: 3, migration }))).toBe('record-unreadable');
  });
});

it('I10 a transfer under way has no beginning that anybody saw, and its plan foresaw nothing', () => {
  expect(read('syncing').state).toMatchObject({
    progress: [{ begun: null, restarts: 2 }],
    plan: { pairs: [{ forecast: null }] },
  });
});

it('under a question as well', () => {
  expect(read('needs-human').state).toMatchObject({ from: { plan: { pairs: [{ forecast: null }] } } });
});
