// I4 What a cutover would do to the source of a rehearsal is refused before it is sent; what a sync needs is not.

import { expect, test } from 'vitest';
import type { ControlConnection } from '../../src/workflow/ports.ts';
import { harmlessSource } from '../../src/workflow/rehearsal-source.ts';

const ADDRESS = { host: '127.0.0.1', port: 1 };

/** A connection that says what was asked of it. */
function recording() {
  const asked: string[] = [];
  let armed = true;
  const acts = new Proxy({} as Record<string, unknown>, {
    get: (_, name) => {
      if (name === 'armed') return armed;
      return async () => {
        asked.push(String(name));
        return { kind: 'done', value: undefined };
      };
    },
    ownKeys: () => NAMES,
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  });
  const disarm = () => {
    armed = false;
  };
  return { control: acts as unknown as ControlConnection, asked, disarm };
}

const NAMES = [
  'planHold',
  'fence',
  'follow',
  'changeSetting',
  'holdLock',
  'removeOwnKeys',
  'observe',
  'writeCanary',
];

test('fences, changes of role and the end of clients are refused', async () => {
  const { control, asked } = recording();
  const source = harmlessSource(control);
  const refused = { kind: 'refused', why: expect.stringContaining('this is a rehearsal') };
  expect(await source.planHold('pause', 1, 1)).toEqual(refused);
  expect(await source.fence({ kind: 'pause' }, 1, 1)).toEqual(refused);
  expect(await source.follow(ADDRESS, 1)).toEqual(refused);
  expect(await source.followAnew(ADDRESS, 1)).toEqual(refused);
  expect(await source.setAside(ADDRESS, 1)).toEqual(refused);
  expect(await source.promote(1)).toEqual(refused);
  expect(await source.empty(1)).toEqual(refused);
  expect(await source.endOrdinaryClients(1)).toEqual(refused);
  expect(asked).toEqual([]);
});

test('settings, the lock and a look go through, and it is armed as the connection is', async () => {
  const { control, asked, disarm } = recording();
  const source = harmlessSource(control);
  await source.changeSetting('repl-timeout', '120', 1);
  await source.holdLock(1, 1);
  await source.removeOwnKeys(1);
  await source.observe(1);
  expect(asked).toEqual(['changeSetting', 'holdLock', 'removeOwnKeys', 'observe']);
  expect(source.armed).toBe(true);
  disarm();
  expect(source.armed).toBe(false);
});
