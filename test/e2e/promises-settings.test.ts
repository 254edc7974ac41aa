// I12: every setting that a migration changes is as before at its end, whatever the end is, also when the worker
// was exchanged in the middle; and no key of Ferry's is left where people write.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Address, ask, type Reply } from '../../src/sandbox/load/resp.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import { until } from '../support/until.ts';

/** What the plan has to change here: see the servers' settings below. */
const CHANGED = [
  'source client-output-buffer-limit',
  'source masterauth',
  'source repl-backlog-size',
  'target masterauth',
  'target repl-backlog-size',
  'target repl-diskless-sync-delay',
];

describe('I12 leave no trace', () => {
  let pair: LoadedPair;
  let settings: { readonly old: Settings; readonly new: Settings };
  const held: { until: Promise<void>; reached: () => void }[] = [];

  beforeAll(async () => {
    pair = await startLoadedPair({
      source: 'redis-7.0',
      target: 'redis-8.0',
      passwords: { source: 'of the source', target: 'of the target' },
      settings: { 'client-output-buffer-limit': 'replica 64kb 64kb 60' },
      trace: {
        at: async (moment, act) => {
          if (moment !== 'after' || act !== 'follow:target') return;
          const hold = held.pop();
          hold?.reached();
          await hold?.until;
        },
      },
    });
    settings = { old: await settingsOf(pair.at.old), new: await settingsOf(pair.at.new) };
  });
  afterAll(() => pair.stop());

  it('I12 after complete', { timeout: 60_000 }, async () => {
    const uid = await begun(pair);
    await changedMeanwhile(pair, uid);
    await pair.cutOver(uid);
    await pair.wish(uid, 'complete-requested');
    await pair.reaches(uid, 'completed');
    await isAsBefore(pair, settings);
    expect(await ferrysKeys(pair.at.new)).toEqual([]);
    // The parked server keeps its data as it was, these among them; nobody can write there, and they expire.
    await onlyWhatExpires(pair.at.old);
  });

  it('I12 after abort', { timeout: 60_000 }, async () => {
    const uid = await begun(pair);
    await changedMeanwhile(pair, uid);
    await pair.wish(uid, 'abort-requested');
    await pair.reaches(uid, 'aborted');
    await isAsBefore(pair, settings);
    expect(await ferrysKeys(pair.at.old)).toEqual([]);
    expect(await ferrysKeys(pair.at.new)).toEqual([]);
  });

  it('I12 after revert', { timeout: 60_000 }, async () => {
    const uid = await begun(pair);
    await changedMeanwhile(pair, uid);
    await pair.cutOver(uid);
    await pair.wish(uid, 'revert-requested');
    await pair.reaches(uid, 'reverted');
    await isAsBefore(pair, settings);
    expect(await ferrysKeys(pair.at.old)).toEqual([]);
    await onlyWhatExpires(pair.at.new);
  });

  it('I12 after a change of workers between REPLICAOF and its record', { timeout: 60_000 }, async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const pointed = new Promise<void>((reached) => held.push({ until: released, reached }));
    const starting = begun(pair);
    starting.catch(() => undefined);
    await pointed;
    // The old worker is held where it stands; it goes on only to find that it has to stop.
    const stopping = pair.stopWorker();
    release();
    await stopping;
    await pair.startWorker();
    const uid = await starting;
    await changedMeanwhile(pair, uid);
    await pair.wish(uid, 'abort-requested');
    await pair.reaches(uid, 'aborted');
    await isAsBefore(pair, settings);
    expect(await ferrysKeys(pair.at.old)).toEqual([]);
    expect(await ferrysKeys(pair.at.new)).toEqual([]);
  });
});

type Settings = ReadonlyMap<string, string>;

/** Follows, with enough writes during the survey that the output buffer needs more room. */
async function begun(pair: LoadedPair): Promise<string> {
  await pair.reset();
  let isWriting = true;
  const value = 'x'.repeat(20_000);
  const writing = (async () => {
    while (isWriting) {
      await ask(
        pair.at.old,
        Array.from({ length: 10 }, (_, i) => ['SET', `big:${i}`, value]),
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  try {
    // The write rate is an average that the server keeps; it is not there at once.
    await until(async () => (await inputRate(pair.at.old)) > 100, { what: 'a write rate' });
    const uid = await pair.plan();
    isWriting = false;
    await writing;
    await pair.wish(uid, 'start-requested');
    await pair.asked(uid);
    return uid;
  } finally {
    isWriting = false;
    await writing;
  }
}

async function inputRate(at: Address): Promise<number> {
  const [info] = await ask(at, [['INFO', 'stats']]);
  return Number(/instantaneous_input_kbps:([\d.]+)/.exec(String(info))?.[1] ?? 0);
}

/** Proof that there is something to put back. */
async function changedMeanwhile(pair: LoadedPair, uid: string): Promise<void> {
  const { ledger } = await pair.record(uid);
  expect(ledger.map(({ side, name }) => `${side} ${name}`).sort()).toEqual(CHANGED);
  expect(ledger.map(({ state }) => state)).toEqual(CHANGED.map(() => 'set'));
  expect((await settingsOf(pair.at.old)).get('masterauth')).toBe('of the target');
  expect((await settingsOf(pair.at.new)).get('masterauth')).toBe('of the source');
}

async function isAsBefore(
  pair: LoadedPair,
  before: { readonly old: Settings; readonly new: Settings },
): Promise<void> {
  for (const side of ['old', 'new'] as const) {
    expect(differences(before[side], await settingsOf(pair.at[side]))).toEqual([]);
  }
}

/** Every setting but `replicaof`: who follows whom is what the migration is about. */
async function settingsOf(at: Address): Promise<Settings> {
  const texts = textsOf((await ask(at, [['CONFIG', 'GET', '*']]))[0]);
  const settings = new Map<string, string>();
  for (let i = 0; i + 1 < texts.length; i += 2) settings.set(texts[i] ?? '', texts[i + 1] ?? '');
  for (const name of ['replicaof', 'slaveof']) settings.delete(name);
  expect(settings.size).toBeGreaterThan(100);
  return settings;
}

function differences(before: Settings, after: Settings): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}

async function ferrysKeys(at: Address): Promise<string[]> {
  return textsOf((await ask(at, [['KEYS', 'ferry:*']]))[0]);
}

async function onlyWhatExpires(at: Address): Promise<void> {
  for (const key of await ferrysKeys(at)) {
    expect(['ferry:guard', 'ferry:lock']).toContain(key);
    const [leftMs] = await ask(at, [['PTTL', key]]);
    expect(Number(leftMs)).toBeGreaterThan(0);
  }
}

function textsOf(reply: Reply | undefined): string[] {
  if (!Array.isArray(reply)) throw new Error('not a list');
  return reply.map(String);
}
