// What a fill writes follows from the number alone, is of every type, and is never outside the prefix.

import { describe, expect, test } from 'vitest';
import { capabilitiesOf } from '../../src/migration/capabilities.ts';
import { fillKey, isExpiring, junkOf } from '../../src/redis/fill/junk.ts';
import { encodeCommands } from '../../src/redis/wire/command.ts';

const redis = (version: string) => capabilitiesOf({ product: 'redis', version });
const NUMBERS = Array.from({ length: 20_000 }, (_, number) => number);

describe('the junk of a number', () => {
  test('is the same whoever writes it, whenever', () => {
    for (const number of [0, 7, 5_000, 123_456, 2_000_000_011]) {
      const once = encodeCommands(junkOf(number, redis('8.0')).commands);
      expect(encodeCommands(junkOf(number, redis('8.0')).commands).equals(once)).toBe(true);
    }
  });

  test('is one key under the prefix, named after its number', () => {
    for (const number of NUMBERS.slice(0, 2_000)) {
      const keys = junkOf(number, redis('8.0')).commands.map((command) => command[1]);
      expect(new Set(keys)).toEqual(new Set([`ferry:fill:${number}`]));
    }
    expect(fillKey(4_711)).toBe('ferry:fill:4711');
  });

  test('is of every type and of mixed sizes, some of it large', () => {
    const junk = NUMBERS.map((number) => junkOf(number, redis('8.0')));
    const names = new Set(junk.flatMap(({ commands }) => commands.map(([name]) => name)));
    expect([...names].sort()).toEqual(['EXPIRE', 'HMSET', 'RPUSH', 'SADD', 'SET', 'XADD', 'ZADD']);
    const sizes = junk.map(({ bytes }) => bytes).sort((a, b) => a - b);
    expect(sizes.at(0)).toBeLessThan(64);
    expect(sizes.at(-1)).toBe(1024 ** 2);
    const mean = sizes.reduce((sum, bytes) => sum + bytes, 0) / sizes.length;
    expect(mean).toBeGreaterThan(1_000);
    expect(mean).toBeLessThan(4_000);
  });

  test('says how large it is', () => {
    for (const number of NUMBERS.slice(4_000, 6_000)) {
      const { commands, bytes } = junkOf(number, redis('8.0'));
      const sent = encodeCommands(commands).length;
      expect(sent).toBeGreaterThan(bytes * 0.5);
      expect(sent).toBeLessThan(bytes * 2.2 + 300);
    }
  });

  test('expires for one in five, between an hour and a week later', () => {
    const expiries = NUMBERS.flatMap((number) =>
      junkOf(number, redis('8.0')).commands.filter(([name]) => name === 'EXPIRE'),
    );
    expect(expiries.length).toBe(NUMBERS.filter(isExpiring).length);
    expect(expiries.length / NUMBERS.length).toBeCloseTo(0.2, 1);
    const seconds = expiries.map((command) => Number(command[2]));
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(3_600);
    expect(Math.max(...seconds)).toBeLessThan(7 * 86_400);
  });

  test('is a list where there are no streams', () => {
    const onOld = NUMBERS.slice(0, 2_000).flatMap((number) => junkOf(number, redis('4.0')).commands);
    expect(onOld.some(([name]) => name === 'XADD')).toBe(false);
    expect(onOld.length).toBeGreaterThanOrEqual(2_000);
  });

  test('has each member and field of a key once', () => {
    for (const number of NUMBERS.slice(0, 3_000)) {
      const [command] = junkOf(number, redis('8.0')).commands;
      const [name, , ...args] = command ?? ['SET'];
      const members =
        name === 'SADD'
          ? args
          : name === 'ZADD'
            ? args.filter((_, i) => i % 2 === 1)
            : name === 'HMSET'
              ? args.filter((_, i) => i % 2 === 0)
              : [];
      expect(new Set(members).size).toBe(members.length);
    }
  });
});
