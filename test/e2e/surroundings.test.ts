// What stands around a migration: users, passwords, TLS with a CA of one's own, an address that is translated,
// functions and modules. Each is moved whole, and what Ferry set for it is put back (I12).

import { afterAll, describe, expect, it } from 'vitest';
import { capabilitiesOf, type Running } from '../../src/migration/capabilities.ts';
import { settingNameOn } from '../../src/migration/checks/spoken.ts';
import type { Migration } from '../../src/migration/migration.ts';
import { type Address, ask, type Reply } from '../../src/sandbox/load/resp.ts';
import { freePort, type RunningServer } from '../../src/sandbox/servers/start.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import { lossyProxy } from '../support/lossy-proxy.ts';
import { binaryOf, versions } from '../support/servers.ts';

const KEYS = 500;
const TIMEOUT = { timeout: 90_000 };

/** Every setting but who follows whom. */
async function settingsOf(at: Address): Promise<ReadonlyMap<string, string>> {
  const texts = listOf((await ask(at, [['CONFIG', 'GET', '*']]))[0]);
  const settings = new Map<string, string>();
  for (let i = 0; i + 1 < texts.length; i += 2) settings.set(texts[i] ?? '', texts[i + 1] ?? '');
  for (const name of ['replicaof', 'slaveof']) settings.delete(name);
  return settings;
}

function listOf(reply: Reply | undefined): string[] {
  if (!Array.isArray(reply)) throw new Error(`not a list: ${String(reply)}`);
  return reply.map(String);
}

/** The settings in a ledger: side, name, and what stood in it meanwhile where that is no secret. */
function changedIn({ ledger }: Migration): string[] {
  return ledger.map(({ side, name, now }) => `${side} ${name}${'text' in now ? ` ${now.text}` : ''}`);
}

interface Moved {
  /** As it was while people looked at it. */
  readonly following: Migration;
}

/** Fills the source, moves it, writes on both phases, completes: all is there, and all settings are as before. */
async function moves(pair: LoadedPair, arrange: readonly (readonly string[])[] = []): Promise<Moved> {
  const fill = Array.from({ length: KEYS }, (_, i) => ['SET', `key:${i}`, `value ${i}`]);
  expect((await ask(pair.at.old, [...fill, ...arrange])).filter((reply) => reply instanceof Error)).toEqual(
    [],
  );
  const before = { old: await settingsOf(pair.at.old), new: await settingsOf(pair.at.new) };
  const uid = await pair.follow();
  const following = await pair.record(uid);
  expect(following.ledger.map(({ state }) => state)).toEqual(following.ledger.map(() => 'set'));
  await ask(pair.at.old, [['SET', 'while:following', '1']]);
  await pair.cutOver(uid);
  expect(
    (
      await ask(pair.at.new, [
        ['GET', 'while:following'],
        ['GET', 'key:499'],
      ])
    ).map(String),
  ).toEqual(['1', 'value 499']);
  await pair.wish(uid, 'complete-requested');
  await pair.reaches(uid, 'completed');
  expect(await settingsOf(pair.at.old)).toEqual(before.old);
  expect(await settingsOf(pair.at.new)).toEqual(before.new);
  return { following };
}

async function on(server: RunningServer, ...commands: string[][]): Promise<void> {
  await ask({ host: server.host, port: server.port }, commands);
}

describe('users', () => {
  it('each side lets in only a user of its own, and the other one logs in as that', TIMEOUT, async () => {
    const inventory = (variable: string) => (port: number) => [
      `url: redis://127.0.0.1:${port}`,
      'username: ferry',
      `password: env:${variable}`,
    ];
    const pair = await startLoadedPair({
      source: 'redis-7.0',
      target: 'redis-8.0',
      variables: { OLD_ONE: 'secret-of-old', NEW_ONE: 'secret-of-new' },
      inventory: { source: inventory('OLD_ONE'), target: inventory('NEW_ONE') },
    });
    try {
      await on(pair.source, ['ACL', 'SETUSER', 'ferry', 'on', '>secret-of-old', '~*', '&*', '+@all']);
      await on(pair.target, ['ACL', 'SETUSER', 'ferry', 'on', '>secret-of-new', '~*', '&*', '+@all']);
      // Nobody else may replicate.
      for (const side of [pair.source, pair.target]) {
        await on(side, ['ACL', 'SETUSER', 'default', '-psync', '-replconf']);
      }
      const { following } = await moves(pair);
      expect(changedIn(following)).toEqual(
        expect.arrayContaining([
          'source masteruser ferry',
          'source masterauth',
          'target masteruser ferry',
          'target masterauth',
        ]),
      );
      expect(JSON.stringify(following)).not.toContain('secret-of-');
    } finally {
      await pair.stop();
    }
  });
});

describe('TLS', () => {
  let made: Certificates | null = null;
  afterAll(() => made?.remove());

  function settings(port: number, files: Certificates): Record<string, string> {
    return {
      'tls-port': String(port),
      'tls-cert-file': files.certificate,
      'tls-key-file': files.key,
      'tls-ca-cert-file': files.ca,
      'tls-auth-clients': 'no',
    };
  }

  it('both sides, with a CA of our own: the link speaks it, and is put back', TIMEOUT, async () => {
    made ??= makeCertificates();
    const files = made;
    const ports = { source: await freePort(), target: await freePort() };
    const inventory = (port: number) => () => [
      `url: rediss://127.0.0.1:${port}`,
      `tls: { ca: file:${files.ca} }`,
    ];
    const pair = await startLoadedPair({
      source: 'redis-7.0',
      target: 'redis-8.0',
      settingsOf: { source: settings(ports.source, files), target: settings(ports.target, files) },
      inventory: { source: inventory(ports.source), target: inventory(ports.target) },
    });
    try {
      const { following } = await moves(pair);
      expect(changedIn(following)).toEqual(
        expect.arrayContaining(['source tls-replication yes', 'target tls-replication yes']),
      );
    } finally {
      await pair.stop();
    }
  });

  it('a target without a certificate is refused before the sync', TIMEOUT, async () => {
    made ??= makeCertificates();
    const files = made;
    const port = await freePort();
    const pair = await startLoadedPair({
      source: 'redis-7.0',
      target: 'redis-8.0',
      settingsOf: { source: settings(port, files) },
      inventory: { source: () => [`url: rediss://127.0.0.1:${port}`, `tls: { ca: file:${files.ca} }`] },
    });
    try {
      const found = (await pair.refused()).find(({ check }) => check === 'tls');
      expect(found).toMatchObject({
        severity: 'blocker',
        message: expect.stringContaining('carts-new has no certificate (`tls-cert-file`)'),
      });
    } finally {
      await pair.stop();
    }
  });

  it('a CA that did not sign the certificate is refused before the sync', TIMEOUT, async () => {
    made ??= makeCertificates();
    const files = made;
    const others = makeCertificates();
    const port = await freePort();
    const pair = await startLoadedPair({
      source: 'redis-7.0',
      target: 'redis-8.0',
      settingsOf: { source: settings(port, files) },
      inventory: { source: () => [`url: rediss://127.0.0.1:${port}`, `tls: { ca: file:${others.ca} }`] },
    });
    try {
      const found = (await pair.refused()).find(({ check }) => check === 'reachable');
      expect(found).toMatchObject({
        severity: 'blocker',
        message: expect.stringContaining('TLS with carts-old'),
        hint: expect.stringContaining('`tls` entry'),
      });
    } finally {
      others.remove();
      await pair.stop();
    }
  });
});

describe('addresses', () => {
  it('a translated one: the target finds the source elsewhere than Ferry does', TIMEOUT, async () => {
    const seen: number[] = [];
    const pair = await startLoadedPair({
      source: 'redis-7.0',
      target: 'redis-8.0',
      sourceSeenAt: async (port) => {
        const { port: translated } = await lossyProxy(port);
        seen.push(translated);
        return translated;
      },
    });
    try {
      await moves(pair);
      expect(seen).toHaveLength(1);
      expect(seen).not.toContain(pair.source.port);
    } finally {
      await pair.stop();
    }
  });
});

describe('what travels with the snapshot', () => {
  it('functions and keys of a module that both sides have', TIMEOUT, async () => {
    const pair = await startLoadedPair({ source: 'redis-8.0', target: 'redis-8.0' });
    const library = "#!lua name=till\nredis.register_function('total', function() return 42 end)";
    try {
      await moves(pair, [
        ['FUNCTION', 'LOAD', library],
        ['VADD', 'vectors', 'VALUES', '2', '1', '0', 'e'],
      ]);
      const replies = await ask(pair.at.new, [
        ['FCALL', 'total', '0'],
        ['VCARD', 'vectors'],
      ]);
      expect(replies).toEqual([42, 1]);
    } finally {
      await pair.stop();
    }
  });
});

/** Where settings have other names, and passwords no users: what this run has of these. */
const OLDER = versions().filter((id) => id === 'redis-6.0' || /^redis-(2\.8|[345])\./.test(id));

describe.each(OLDER)('settings and passwords on %s', (id) => {
  const { flavour, version } = binaryOf(id);
  const running: Running = { product: flavour, version };

  it('I12 are set for the transfer and put back', TIMEOUT, async () => {
    const readOnly = settingNameOn(running, 'replica-read-only');
    const pair = await startLoadedPair({
      source: id,
      target: id,
      passwords: { source: 'secret-of-old', target: 'secret-of-new' },
      settingsOf: { target: { 'repl-timeout': '10', [readOnly]: 'yes' }, source: { 'repl-timeout': '10' } },
    });
    try {
      const { following } = await moves(pair);
      const goesBack = capabilitiesOf(running).can('psync2');
      expect(changedIn(following).sort()).toEqual(
        [
          'source repl-backlog-size 33554432',
          'source repl-timeout 60',
          'target masterauth',
          'target repl-timeout 60',
          ...(goesBack
            ? [
                'source masterauth',
                'target repl-backlog-size 33554432',
                'target repl-diskless-sync yes',
                'target repl-diskless-sync-delay 5',
              ]
            : []),
        ].sort(),
      );
    } finally {
      await pair.stop();
    }
  });
});
