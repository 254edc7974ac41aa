// Who is accused of writing on the wrong side, and who is not: by tables of stamps.

import { expect, test } from 'vitest';
import { missingFrom, NumberSet, PIECE } from '../../../src/sandbox/load/number-set.ts';
import { type Side, SideJudge } from '../../../src/sandbox/load/sides.ts';

const ack = (side: Side, sentAt: number, ackedAt: number) => ({
  writer: 'w',
  number: 0,
  side,
  sentAt,
  ackedAt,
});

function judged(...acks: ReturnType<typeof ack>[]): SideJudge {
  const judge = new SideJudge();
  for (const each of acks) judge.saw(each);
  return judge;
}

test('one switch is no offence', () => {
  const judge = judged(ack('old', 0, 1), ack('new', 2, 3), ack('new', 4, 5));
  expect(judge).toMatchObject({ wrong: 0, holder: 'new' });
});

test('a write on its way while the switch happened is no offence', () => {
  expect(judged(ack('old', 0, 1), ack('new', 2, 3), ack('old', 2.5, 4)).wrong).toBe(0);
});

test('a write sent to the old side after the new one had answered is', () => {
  const judge = judged(ack('old', 0, 1), ack('new', 2, 3), ack('old', 3.1, 4), ack('old', 5, 6));
  expect(judge.wrong).toBe(2);
  expect(judge.examples[0]).toMatchObject({ side: 'old', sentAt: 3.1 });
});

test('a way back has to be announced', () => {
  const there = [ack('old', 0, 1), ack('new', 2, 3)];
  expect(judged(...there, ack('old', 4, 5)).wrong).toBe(1);
  const announced = judged(...there);
  announced.expectSwitch('old');
  announced.saw(ack('old', 4, 5));
  expect(announced).toMatchObject({ wrong: 0, holder: 'old' });
  announced.saw(ack('new', 6, 7));
  expect(announced.wrong).toBe(1);
});

test('an announced switch that never came excuses nobody twice', () => {
  const judge = judged(ack('old', 0, 1));
  judge.expectSwitch('new');
  judge.expectSwitch('old');
  judge.saw(ack('new', 2, 3));
  expect(judge.wrong).toBe(1);
});

test('the set counts each number once and names what is missing, over the edges of its pieces', () => {
  const numbers = new NumberSet();
  for (const n of [0, 7, 8, PIECE - 1, PIECE, PIECE + 9, 7]) numbers.add(n);
  expect(numbers.size).toBe(6);
  expect(numbers.has(8)).toBe(true);
  expect(numbers.has(9)).toBe(false);
  expect(numbers.pieces).toEqual([0, 1]);
  const stored = new NumberSet();
  stored.add(7);
  expect(missingFrom(0, numbers.copyOf(0), stored.copyOf(0))).toEqual([0, 8, PIECE - 1]);
  expect(missingFrom(1, numbers.copyOf(1), new Uint8Array())).toEqual([PIECE, PIECE + 9]);
});
