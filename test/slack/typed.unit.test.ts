// What is recognised in a typed line: secrets, ids, slips of the keyboard.

import { expect, test } from 'vitest';
import {
  holdsAddress,
  holdsSecret,
  idOf,
  meant,
  nearest,
  secondsOf,
} from '../../src/slack/listeners/commands/typed.ts';

test.each([
  'migrate redis://:pw@host a',
  'migrate redis://user:p/w@host:6379/0 a',
  'migrate REDISS://token@host a',
  'check -a hunter2 b',
  'check --pass hunter2 b',
  'info password=hunter2',
  'info secret: hunter2',
])('I9: %s holds a secret', (line) => expect(holdsSecret(line)).toBe(true));

test.each([
  'migrate carts-old carts-new',
  'migrate redis://10.0.0.5:6379 b',
  'status m42',
  'info pass-cache',
  '',
])('%s holds none', (line) => expect(holdsSecret(line)).toBe(false));

test('an address without a password is told apart', () => {
  expect(holdsAddress('migrate redis://10.0.0.5 b')).toBe(true);
  expect(holdsAddress('migrate carts-old b')).toBe(false);
});

test.each([
  ['m42', 'm42'],
  ['M042', 'm42'],
  ['42', 'm42'],
  ['x42', null],
  ['', null],
  ['m42; x', null],
])('the id in %s is %s', (word, id) => expect(idOf(word)).toBe(id));

test.each([
  ['migrat', 'migrate'],
  ['stauts', 'status'],
  ['MIGRATE', 'migrate'],
  ['hwy', 'why'],
  ['wyn', null],
  ['zzz', null],
  ['x'.repeat(5_000), null],
])('the nearest to %s is %s', (word, name) => {
  expect(nearest(word, ['migrate', 'status', 'why'])).toBe(name);
});

test.each([
  ['carts-odl', ['carts-old']],
  ['carts', ['carts-new', 'carts-old']],
  ['OLD', ['carts-old']],
  ['a', []],
  ['s', []],
  ['-', []],
  ['billing', []],
])('for the instance %s is offered: %j', (word, names) => {
  expect(meant(word, ['carts-new', 'carts-old', 'shop'])).toEqual(names);
});

test.each([
  ['1', 1],
  ['010', 10],
  ['60', 60],
  ['10s', 10],
  ['0', null],
  ['61', null],
  ['1.5', null],
  ['-3', null],
  ['1e1', null],
  ['1m', null],
  ['', null],
  ['9'.repeat(400), null],
])('%s is %s seconds', (word, seconds) => expect(secondsOf(word, 60)).toBe(seconds));
