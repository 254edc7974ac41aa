// INFO of every captured version in every phase: who the server is and what it says of its replication.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sameRun } from '../../src/migration/instance.ts';
import {
  findSelf,
  groupClients,
  killCommand,
  type ListedClient,
  ordinaryClients,
  parseClients,
} from '../../src/redis/clients.ts';
import { mayActUnder, whyNotTake } from '../../src/redis/guard.ts';
import { parseUsers } from '../../src/redis/hold/acl.ts';
import { whyNotClosable } from '../../src/redis/hold/closing.ts';
import {
  identityOf,
  infoNumber,
  keysByDbOf,
  observationOf,
  parseInfo,
  primaryLinkOf,
  replicasOf,
  roleOf,
} from '../../src/redis/info.ts';

const ROOT = join(import.meta.dirname, '../fixtures/info');
const NONE = { peer: [], nobody: [] };

function read(path: string) {
  return parseInfo(readFileSync(join(ROOT, path), 'utf8'));
}

const folders = readdirSync(ROOT);
const all = folders.flatMap((folder) => readdirSync(join(ROOT, folder)).map((file) => `${folder}/${file}`));

describe.each(folders)('%s', (folder) => {
  const files = readdirSync(join(ROOT, folder));

  it('is known by product and own version', () => {
    const versions = new Set(
      files.map((file) => {
        const { product, version } = identityOf(read(`${folder}/${file}`));
        return product === 'valkey' ? `valkey-${version}` : version;
      }),
    );
    expect([...versions].sort()).toEqual(folder.split('__to__').sort());
  });

  it('has the role that the file is named after, and a run id', () => {
    for (const file of files) {
      const info = read(`${folder}/${file}`);
      const replica =
        file.includes('replica-') && !file.includes('promoted') && !/primary-(wait|send)/.test(file);
      expect(roleOf(info, NONE).kind, file).toBe(replica ? 'replica' : 'primary');
      expect(identityOf(info).runId, file).toMatch(/^([0-9a-f]{40}|process-\d+-\d+)$/);
    }
  });

  it('lists a replica wherever it counts one', () => {
    for (const file of files) {
      const info = read(`${folder}/${file}`);
      expect(replicasOf(info), file).toHaveLength(infoNumber(info, 'connected_slaves') ?? 0);
      for (const replica of replicasOf(info)) {
        expect(replica, file).toMatchObject({ host: '127.0.0.1', state: expect.stringMatching(/^[a-z_]+$/) });
        expect(replica.port, file).toBeGreaterThan(0);
      }
    }
  });
});

it.each([
  ['2.4.16', null, null],
  ['2.8.24', null, null],
  ['4.0.14', null, expect.any(Number)],
  ['6.0.16', null, expect.any(Number)],
  ['6.2.16', 1, expect.any(Number)],
  ['8.0.2', 1, expect.any(Number)],
  ['valkey-9.1.2', 1, expect.any(Number)],
])('I10 %s tells of its forks what its version tells, and no more', (folder, forks, copyOnWriteBytes) => {
  const [path] = all.filter(
    (each) => each.startsWith(`${folder}/`) && each.endsWith('primary-online-final.txt'),
  );
  const { snapshot } = observationOf(read(path ?? ''), NONE, 1, false);
  expect(snapshot).toEqual({ forks, latestForkUs: expect.any(Number), running: false, copyOnWriteBytes });
});

it('every reading is made of numbers, never of NaN', () => {
  for (const path of all) {
    const seen = observationOf(read(path), NONE, 1, false);
    const numbers = Object.values(seen).filter((value) => typeof value === 'number');
    expect(numbers.every(Number.isFinite), path).toBe(true);
  }
});

describe('I10 changes since the data was loaded', () => {
  const started = {
    server_time_usec: '1795358283611071',
    uptime_in_seconds: '20',
    rdb_last_save_time: '1795358263',
    rdb_last_bgsave_time_sec: '-1',
    aof_enabled: '0',
  };
  it.each([
    ['none', { rdb_changes_since_last_save: '0' }, 0],
    ['some', { rdb_changes_since_last_save: '7' }, 7],
    [
      'some or none: an append-only file was loaded',
      { rdb_changes_since_last_save: '500', aof_enabled: '1' },
      null,
    ],
    ['none with an empty append-only file', { rdb_changes_since_last_save: '0', aof_enabled: '1' }, 0],
    ['forgotten by SAVE', { rdb_changes_since_last_save: '0', rdb_last_save_time: '1795358270' }, null],
    ['forgotten by BGSAVE', { rdb_changes_since_last_save: '0', rdb_last_bgsave_time_sec: '0' }, null],
    ['not told', {}, null],
  ])('%s', (_, told, changes) => {
    const text = Object.entries({ ...started, ...told }).map(([name, value]) => `${name}:${value}`);
    expect(observationOf(parseInfo(text.join('\r\n')), NONE, 1, false).changesSinceLoad).toBe(changes);
  });
});

it('counts databases, not the size distributions that 8.0 adds', () => {
  expect(keysByDbOf(read('8.0.2/replica-online.txt'))).toEqual({ '0': 204_900, '3': 1 });
});

it('I10 a link that still transfers or loads is not up', () => {
  for (const path of all.filter((each) =>
    /loading-insync|left-(neg|pos)|handshake|refused|noauth/.test(each),
  )) {
    expect(roleOf(read(path), NONE), path).toMatchObject({ kind: 'replica', linkUp: false });
  }
});

it('tells the peer from another primary and from nobody', () => {
  const info = read('7.0.15/replica-online.txt');
  const { host, port } = primaryLinkOf(info) ?? { host: '', port: 0 };
  const known = [{ host, port }];
  expect(roleOf(info, { peer: known, nobody: [] })).toEqual({ kind: 'replica', of: 'peer', linkUp: true });
  expect(roleOf(info, { peer: [], nobody: known })).toMatchObject({ of: 'nobody' });
  expect(roleOf(info, NONE)).toMatchObject({ of: 'other' });
});

it('I8 only a present or later owner of the same migration takes the guard', () => {
  const owner = { uid: 'u1', epoch: 3 };
  expect(whyNotTake(null, owner)).toBeNull();
  expect(whyNotTake('u1:2', owner)).toBeNull();
  expect(whyNotTake('u1:3', owner)).toBeNull();
  expect(whyNotTake('u1:4', owner)).toMatch(/later owner/);
  expect(whyNotTake('u2:1', owner)).toMatch(/another migration/);
  expect(whyNotTake('u1:x', owner)).toMatch(/cannot be read/);
  expect(mayActUnder('u1:4', owner, true)).toBe(false);
  expect(mayActUnder(null, owner, false)).toBe(false);
});

it('leaves replicas, monitors and Ferry out of the ordinary clients', () => {
  const line = (id: number, name: string, flags: string): string =>
    `id=${id} addr=10.0.4.7:${5_000 + id} laddr=10.0.0.1:6379 name=${name} flags=${flags} cmd=get`;
  const text = [
    line(1, 'billing', 'N'),
    line(2, 'billing', 'N'),
    line(3, 'ferry', 'N'),
    line(4, 'ferry:u1:2', 'N'),
    line(5, '', 'S'),
    line(6, '', 'O'),
    line(7, 'ferryman', 'P'),
    // Accepted a moment ago and silent until now, as Ferry's own are before they have a name; a silent one that stays is a client.
    'id=8 addr=10.0.4.7:1008 name= age=0 idle=0 flags=N db=0 cmd=NULL',
    'id=9 addr=10.0.4.7:1009 name= age=90 idle=90 flags=N db=0 cmd=NULL',
  ].join('\n');
  expect(ordinaryClients(text).map(({ id }) => id)).toEqual([1, 2, 7, 9]);
  expect(groupClients(ordinaryClients(text))[0]).toEqual({
    name: 'billing',
    address: '10.0.4.7',
    lastCommand: 'get',
    count: 2,
  });
});

describe('the connections of versions without ids', () => {
  const OF_2_4 = [
    'addr=10.0.4.7:40750 fd=7 idle=0 flags=O db=0 sub=0 psub=0 qbuf=0 obl=74 oll=0 events=rw cmd=monitor',
    'addr=10.0.4.7:40764 fd=9 idle=0 flags=b db=0 sub=0 psub=0 qbuf=0 obl=0 oll=0 events=r cmd=blpop',
    'addr=10.0.4.9:40778 fd=11 idle=0 flags=N db=0 sub=0 psub=0 qbuf=55 obl=58 oll=0 events=rw cmd=client',
  ];

  it('are ended by their addresses', () => {
    const [first, second] = ordinaryClients(OF_2_4.join('\n'));
    expect(first).toMatchObject({ id: null, name: '', host: '10.0.4.7', lastCommand: 'blpop' });
    expect(first && killCommand(first)).toEqual(['CLIENT', 'KILL', '10.0.4.7:40764']);
    expect(second?.address).toBe('10.0.4.9:40778');
  });

  it('show which one asks, by its command, then by its port, and otherwise not', () => {
    const another = 'addr=10.0.4.7:50000 fd=12 idle=3 flags=N db=0 sub=0 psub=0 cmd=client';
    expect(findSelf(parseClients(OF_2_4.join('\n')), '192.168.0.2:1')).toBe('10.0.4.9:40778');
    const two = parseClients([...OF_2_4, another].join('\n'));
    expect(findSelf(two, '192.168.0.2:40778')).toBe('10.0.4.9:40778');
    expect(findSelf(two, '192.168.0.2:1')).toBeNull();
  });

  it('are not fenced where they could not all be closed', () => {
    const others = (count: number, flags: string): ListedClient[] =>
      Array.from({ length: count }, (_, i) => ({
        id: null,
        name: '',
        address: `10.0.4.7:${i + 1}`,
        host: '10.0.4.7',
        flags,
        lastCommand: 'get',
        isBeingOpened: false,
      }));
    expect(whyNotClosable('carts-old', others(1_000, 'N'), '10.0.4.9:1')).toBeNull();
    expect(whyNotClosable('carts-old', others(1_001, 'N'), '10.0.4.9:1')).toMatch(/1001 connections/);
    expect(whyNotClosable('carts-old', others(1, 'U'), '10.0.4.9:1')).toMatch(/socket file/);
    expect(whyNotClosable('carts-old', others(1, 'N'), null)).toMatch(/its own connection/);
  });
});

it('knows one run of 2.4 by its process and start, and another by either', () => {
  const at = (seconds: number, uptime: number, pid = 42): string =>
    identityOf(parseInfo(`process_id:${pid}\r\nuptime_in_seconds:${uptime}`), seconds * 1_000).runId;
  expect(at(1_795_000_100, 100)).toBe('process-42-1795000000');
  expect(sameRun(at(1_795_000_100, 100), at(1_795_000_400, 399))).toBe(true);
  expect(sameRun(at(1_795_000_100, 100), at(1_795_000_400, 20))).toBe(false);
  expect(sameRun(at(1_795_000_100, 100), at(1_795_000_100, 100, 43))).toBe(false);
});

it('reads the command rules of each user, and nothing else of them', () => {
  expect(
    parseUsers([
      'user default on nopass ~* +@all',
      'user ana off #9f86d0 ~carts:* ~+x -@all +get +config|get',
      'user bob on nopass ~* +@all -@dangerous',
    ]),
  ).toEqual([
    { name: 'default', rules: '+@all' },
    { name: 'ana', rules: '-@all +get +config|get' },
    { name: 'bob', rules: '+@all -@dangerous' },
  ]);
});
