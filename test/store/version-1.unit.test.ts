// A record of version 1 is read as what it was: nothing lost, nothing guessed, everything new at its old value.

import { describe, expect, it } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import { type Migration, PHASES, type Phase, type StateOf } from '../../src/migration/migration.ts';
import { decode, encode } from '../../src/store/codec.ts';
import { earlierRecords } from './earlier-records.ts';

const records = earlierRecords(1);
const PAUSED = { through: 'direct', fence: 'pause', proof: 'offset', demotion: 'follow' };

function read(phase: Phase): Migration {
  return decode(textOf(phase));
}

function textOf(phase: Phase): string {
  const found = records.find((record) => record.phase === phase);
  if (found === undefined) throw new Error(`no record of version 1 is ${phase}`);
  return found.text;
}

function stateIn<P extends Phase>(phase: P): StateOf<P> {
  // The record of a phase is looked up by that very phase.
  return read(phase).state as StateOf<P>;
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

  it('has no relay, and is compared gently', () => {
    expect(decode(text)).toMatchObject({ relays: [], policy: { verificationPace: 'gentle' } });
  });

  it('I10 is refused with a field that version 1 did not know', () => {
    const odd = { ...migration, state: { ...migration.state, mood: 'good' } };
    expect(codeOf(JSON.stringify({ v: 1, migration: odd }))).toBe('record-unreadable');
  });

  it('I10 is not taken for one of version 2', () => {
    expect(codeOf(JSON.stringify({ v: 2, migration }))).toBe('record-unreadable');
  });
});

describe('what is new has the value that it had without a name', () => {
  it('the route: what both servers could do', () => {
    expect(stateIn('planned').plan.pairs.map(({ route }) => route)).toEqual([PAUSED]);
    expect(stateIn('aborting').plan.pairs.map(({ route }) => route)).toEqual([PAUSED]);
  });

  it('a transfer never began anew', () => {
    expect(stateIn('syncing').progress).toEqual([
      { pointed: 'intended', stage: 'transferring', restarts: 0, begun: null },
    ]);
  });

  it('a cutover demotes first, under a fence that ends by itself, for each pair', () => {
    const { cutover } = stateIn('cutting-over');
    expect(cutover).toMatchObject({ order: 'demote-first', holds: [{ kind: 'pause' }] });
    expect(cutover.offsets).toEqual([{ fenced: 88_412_000, final: null, markerSeen: false }]);
  });

  it('nothing was left on an old server, after either cutover', () => {
    expect(stateIn('watching').outcome.holds).toEqual([null]);
    const { outcome, back, cutover } = stateIn('reverting');
    expect([outcome.holds, back?.holds, cutover.holds]).toEqual([[null], [null], [{ kind: 'pause' }]]);
  });

  it('a sample was drawn on both sides, counts were counts', () => {
    expect(stateIn('following').verification?.basis).toBe('both');
    const counted = textOf('completed').replace('"level":"sample"', '"level":"counts"');
    expect(decode(counted).state).toMatchObject({ verification: { level: 'counts', basis: 'counts' } });
  });

  it('under a question as well', () => {
    const { from, accepts } = stateIn('needs-human');
    expect(accepts).toBeNull();
    expect(from).toMatchObject({ verification: { basis: 'both' }, plan: { pairs: [{ route: PAUSED }] } });
  });
});

it.each([null, 7, [], {}, { state: null }, { state: { plan: { pairs: [{ source: 'x' }] } } }])(
  'what is no record at all is refused, not thrown at: %j',
  (migration) => {
    expect(codeOf(JSON.stringify({ v: 1, migration }))).toBe('record-unreadable');
  },
);
