// A relay hands out the whole data set, so it is open for as long as a target needs it and no longer; and a target
// whose relay moved a moment ago is freed by Abort like any other. Needs a server of before 2.8.

import { connect, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compareVersions } from '../../src/migration/capabilities.ts';
import type { Address } from '../../src/migration/instance.ts';
import { ask } from '../../src/sandbox/load/resp.ts';
import type { ActTrace } from '../../src/workflow/ports.ts';
import { startLoadedPair } from '../support/loaded-pair.ts';
import { binaryOf, versions } from '../support/servers.ts';
import { until } from '../support/until.ts';

const WITHIN_MS = 150_000;
const OLDEST = versions()
  .filter((id) => compareVersions(binaryOf(id).version, '2.8') < 0)
  .slice(0, 1);

async function listens({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Keeps the port, so that the next relay has to go elsewhere. */
async function occupy({ host, port }: Address): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, host, resolve);
  });
  onTestFinished(() => {
    server.close();
  });
}

async function roleOf(server: Address): Promise<string | undefined> {
  const [info] = await ask(server, [['INFO', 'replication']]);
  return /^role:(\w+)/m.exec(String(info))?.[1];
}

/** From REDIS_BIN_DIR only: no package has one. */
describe.skipIf(OLDEST.length === 0)('the relay', () => {
  const source = OLDEST[0] ?? 'none';
  it.each(['promotion', 'abort'] as const)(
    `${source}: nothing listens any more after the %s`,
    { timeout: WITHIN_MS },
    async (end) => {
      const pair = await startLoadedPair({ source, target: 'redis-8.0' });
      onTestFinished(() => pair.stop());
      await ask(pair.at.old, [['SET', 'cart:1', 'a']]);
      const uid = await pair.follow();
      const [relay] = (await pair.record(uid)).relays;
      if (relay === null || relay === undefined) throw new Error('there is no relay');
      expect(await listens(relay)).toBe(true);
      if (end === 'promotion') await pair.cutOver(uid);
      else {
        await pair.wish(uid, 'abort-requested');
        await pair.reaches(uid, 'aborted');
      }
      await until(async () => !(await listens(relay)), { what: 'the relay is closed' });
      expect(await roleOf(pair.at.new)).toBe('master');
    },
  );

  it(`${source}: Abort frees a target whose relay moved a moment ago`, { timeout: WITHIN_MS }, async () => {
    let moved: ((uid: string) => Promise<void>) | null = null;
    const trace: ActTrace = {
      at: async (when, act, uid) => {
        if (when === 'after' && act === 'record:relay-opened') await moved?.(uid);
      },
    };
    const pair = await startLoadedPair({ source, target: 'redis-8.0', trace });
    onTestFinished(() => pair.stop());
    await ask(pair.at.old, [['SET', 'cart:1', 'a']]);
    const uid = await pair.follow();
    const [first] = (await pair.record(uid)).relays;
    if (first === null || first === undefined) throw new Error('there is no relay');
    await pair.stopWorker();
    await until(async () => !(await listens(first)), { what: 'the first relay is gone' });
    await occupy(first);
    moved = (of) => pair.wish(of, 'abort-requested');
    await pair.startWorker();
    const aborted = await pair.reaches(uid, 'aborted');
    expect(aborted.relays[0]).not.toEqual(first);
    expect(await roleOf(pair.at.new)).toBe('master');
    expect(String(await ask(pair.at.new, [['GET', 'cart:1']]))).toBe('a');
  });
});
