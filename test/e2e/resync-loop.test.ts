// A transfer that begins anew again and again is named with its cause, stopped after a few times, and goes on
// once the setting was raised and somebody said so.

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { AnnouncementBody } from '../../src/migration/announcement.ts';
import { MAX_RESTARTS } from '../../src/migration/progress.ts';
import { type Address, ask, RespClient } from '../../src/sandbox/load/resp.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import type { RequiredServer } from '../support/required-servers.ts';
import { type SlowLink, slowLink } from '../support/slow-link.ts';
import { until } from '../support/until.ts';

const MB = 1024 ** 2;
const SLOW = 12 * MB;
const FAST = 500 * MB;
const VALUE_BYTES = 4_096;
const WITHIN_MS = 240_000;

/** A number of an INFO answer; null: not there. */
async function infoNumber(server: Address, field: string): Promise<number | null> {
  const [text] = await ask(server, [['INFO']]);
  const found = new RegExp(`^${field}:(\\d+)`, 'm').exec(String(text))?.[1];
  return found === undefined ? null : Number(found);
}

/** Values that no server compresses. */
async function fill(server: Address, bytes: number): Promise<void> {
  const value = randomBytes(VALUE_BYTES / 2).toString('hex');
  const commands = (from: number) =>
    Array.from({ length: 500 }, (_, each) => ['SET', `filled:${from + each}`, `${from + each}${value}`]);
  for (let from = 0; from * VALUE_BYTES < bytes; from += 500) await ask(server, commands(from));
}

/** Writes until it is told to stop; gives the way to stop it. */
async function writing(server: Address, bytesPerSecond: number): Promise<() => Promise<void>> {
  const client = await RespClient.open(server, 'writes');
  const value = 'w'.repeat(VALUE_BYTES);
  const stop = new AbortController();
  const loop = async () => {
    const begun = performance.now();
    for (let written = 0; !stop.signal.aborted; ) {
      const due = ((performance.now() - begun) / 1_000) * (bytesPerSecond / VALUE_BYTES) - written;
      const batch = Array.from({ length: Math.min(200, Math.floor(due)) }, (_, each) => [
        'SET',
        `written:${(written + each) % 500}`,
        value,
      ]);
      written += batch.length;
      await Promise.all(client.pipeline(batch));
      await delay(20);
    }
    client.close();
  };
  const ended = loop();
  return async () => {
    stop.abort();
    await ended;
  };
}

async function slowPair(source: RequiredServer) {
  const links: SlowLink[] = [];
  const pair = await startLoadedPair({
    source,
    target: 'redis-8.0',
    patienceMs: 100_000,
    sourceSeenAt: async (port) => {
      links.push(await slowLink(port, SLOW));
      return links[0]?.port ?? 0;
    },
  });
  onTestFinished(() => pair.stop());
  const [link] = links;
  if (link === undefined) throw new Error('the target was not given the slow link');
  return { pair, link };
}

/** Until the target was pointed. */
async function startSync(pair: LoadedPair): Promise<string> {
  const uid = await pair.plan();
  await pair.wish(uid, 'start-requested');
  await until(
    async () => {
      const { state } = await pair.record(uid);
      return state.phase === 'syncing' && state.progress[0]?.pointed === 'yes';
    },
    { what: 'the target is pointed', deadlineMs: 30_000 },
  );
  return uid;
}

async function restartsOf(pair: LoadedPair, uid: string) {
  return (await pair.said(uid)).filter(
    (body): body is Extract<AnnouncementBody, { kind: 'transfer-restarted' }> =>
      body.kind === 'transfer-restarted',
  );
}

/** Writes a second, with which the limit is reached after a look or two, or between two. */
const TURNS = [['seen', 3 * MB] as const, ...(FULL_RUN ? [['unseen', 40 * MB] as const] : [])];

it.each(TURNS)(
  'an output buffer that is too small, each turn %s: named, stopped, raised, migrated',
  {
    timeout: WITHIN_MS,
  },
  async (_, bytesPerSecond) => {
    // Before 7.0: from then on the limit is never less than the backlog, which Ferry makes large.
    const { pair, link } = await slowPair('redis-6.0');
    const { old } = pair.at;
    await fill(old, 100 * MB);
    const uid = await startSync(pair);
    // After the plan: what Ferry found too small it would have raised.
    await ask(old, [['CONFIG', 'SET', 'client-output-buffer-limit', `replica ${8 * MB} 0 0`]]);
    const stopWriting = await writing(old, bytesPerSecond);
    onTestFinished(stopWriting);

    const stuck = await pair.reaches(uid, 'needs-human');
    const told = await restartsOf(pair, uid);
    expect(told).toHaveLength(MAX_RESTARTS);
    for (const { cause, remedy } of told) {
      expect(cause).toContain('client-output-buffer-limit replica');
      expect(remedy).toMatch(/^Set client-output-buffer-limit "replica \d+ \d+ 60" on carts-old/);
    }
    const question = stuck.state.phase === 'needs-human' ? stuck.state : null;
    expect(question?.facts.join(' ')).toContain('client-output-buffer-limit replica');
    expect(question?.facts.join(' ')).toContain('a part of the data');
    expect(question?.answers.map(({ label }) => label)).toEqual(['Try again', 'Abort']);

    // Stopped: the source is asked for no more snapshots.
    const asked = await infoNumber(old, 'sync_full');
    await until(async () => (await infoNumber(old, 'connected_slaves')) === 0, { what: 'the target is off' });
    await delay(4_000);
    expect(await infoNumber(old, 'sync_full')).toBe(asked);
    expect(asked).toBeLessThanOrEqual(MAX_RESTARTS + 2);

    const value = /"(replica [\d ]+)"/.exec(told.at(-1)?.remedy ?? '')?.[1] ?? '';
    await ask(old, [['CONFIG', 'SET', 'client-output-buffer-limit', value]]);
    link.limit(FAST);
    await pair.answer(uid, 'recheck');
    await pair.asked(uid);
    await stopWriting();
    await pair.cutOver(uid);
    expect(await restartsOf(pair, uid)).toHaveLength(MAX_RESTARTS);
  },
);

it.runIf(FULL_RUN)('a link that is silent for repl-timeout is named so', { timeout: WITHIN_MS }, async () => {
  const { pair, link } = await slowPair('redis-7.0');
  await fill(pair.at.old, 50 * MB);
  const uid = await startSync(pair);
  for (const server of [pair.at.old, pair.at.new]) {
    await ask(server, [['CONFIG', 'SET', 'repl-timeout', '6']]);
  }
  await until(async () => ((await infoNumber(pair.at.new, 'master_sync_read_bytes')) ?? 0) > 0, {
    what: 'the snapshot comes in',
    deadlineMs: 30_000,
  });
  link.limit(0);
  await until(async () => (await infoNumber(pair.at.new, 'master_sync_in_progress')) === 0, {
    what: 'the link was given up',
    deadlineMs: 30_000,
  });
  link.limit(FAST);
  await pair.asked(uid);
  const [told, ...others] = await restartsOf(pair, uid);
  expect(told?.cause).toContain('repl-timeout');
  expect(told?.remedy).toContain('Set repl-timeout 300 on both (now 6 s on carts-old, 6 s on carts-new)');
  expect(others).toEqual([]);
});
