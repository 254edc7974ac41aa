// Compares every key: one pass over the source for what is missing or differs, one over the target for what only
// it has. Where only one side can be walked, a pass over that side and the counts.

import type { WireConnection } from '../wire/connection.ts';
import { keyedTogether, prepared } from '../wire/prepared.ts';
import { integerAt } from '../wire/raw-replies.ts';
import { collect } from './collect.ts';
import { countKeys, settleCounts, sumOf } from './counts.ts';
import { expiryReads } from './expiry.ts';
import { EXACT_EXPIRY } from './fingerprint.ts';
import { createGait, type Gait } from './gait.ts';
import { createOpenKeys, type OpenKeys } from './open-keys.ts';
import { createPace } from './pace.ts';
import { type Peer, selectBoth } from './peer.ts';
import {
  basisOf,
  prepare,
  progress,
  type Run,
  type Terms,
  termsOf,
  UNPACED,
  type Untimed,
  withCounts,
} from './run.ts';
import type { Compared } from './settle.ts';
import { compareSlice, type SliceReader } from './slice.ts';
import { sliceReads } from './slice-reads.ts';
import { slices } from './slices.ts';
import { createWalk } from './walk.ts';

/** One of the two servers at least can be walked. */
export async function compareFull(run: Run): Promise<Untimed> {
  const { source, target, clock, signal } = run;
  const basis = basisOf(run);
  // Keys that differ are looked at again on other connections, while the walk goes on.
  const aside = await run.connect();
  const gentle = run.pace === 'gentle';
  const terms = await termsOf(run);
  const pace = gentle ? createPace(clock, run.keysPerSecond, signal) : UNPACED;
  const compared = prepare(run, aside, terms, pace);
  await compared.inStep.wait();
  const [here, there] = [await countKeys(source), await countKeys(target)];
  const walked = source.able.can('scan') ? source : target;
  const bothWays = basis === 'both';
  const gait = createGait(run.pace, clock, signal);
  const reader = readerOf(run, terms, walked, gait);
  const report = progress(
    run,
    bothWays ? sumOf(here) + sumOf(there) : sumOf(walked === source ? here : there),
  );
  report(0);
  const databases = new Set([...Object.keys(here), ...Object.keys(there)].map(Number));
  for (const db of [...databases].sort((a, b) => a - b)) {
    await selectBoth(db, source, target, aside.source, aside.target);
    const open = createOpenKeys(compared, db);
    await compareAll({ run, gait, open, report }, compared, reader);
    if (bothWays) await findExtras({ run, gait, open, report });
    await open.drain();
  }
  const counts = await settleCounts(aside.source, aside.target, compared.inStep, clock, signal);
  const { sourceKeys, targetKeys } = counts;
  return { ...withCounts(compared.tally.found, counts, basis), level: 'full', basis, sourceKeys, targetKeys };
}

function readerOf(run: Run, { rules, fieldExpiries }: Terms, walked: Peer, gait: Gait): SliceReader {
  const { source, target, clock } = run;
  const side = (peer: Peer) => ({ peer, expiry: expiryReads(peer, rules === EXACT_EXPIRY) });
  const inChunks = source.able.can('scan') && target.able.can('scan');
  return {
    source: side(source),
    target: side(target),
    walked: side(walked),
    reads: sliceReads(gait.limits, inChunks, fieldExpiries),
    rules,
    tellsMissing: inChunks,
    clock,
  };
}

interface Pass {
  readonly run: Run;
  readonly gait: Gait;
  readonly open: OpenKeys;
  readonly report: (keys: number) => void;
}

async function compareAll(pass: Pass, { tally }: Compared, reader: SliceReader): Promise<void> {
  const size = { next: () => pass.gait.sliceKeys(), most: pass.gait.mostKeys };
  await walkAll(pass, reader.walked.peer, size, async (keys) => {
    const result = await compareSlice(reader, keys);
    tally.agree(result.equalKeys, result.equalBytes);
    pass.gait.learn(keys.length, result.replyBytes);
    await pass.open.add(result.again, result.unread);
    return result.busyMs;
  });
}

async function findExtras(pass: Pass): Promise<void> {
  const { source, target, clock } = pass.run;
  const many = source.able.can('exists-many');
  const most = pass.gait.mostNames;
  await walkAll(pass, target, { next: () => most, most }, async (keys) => {
    const startedMs = clock.monotonicMs();
    const absent = await absentOf(source.connection, keys, many);
    const busyMs = clock.monotonicMs() - startedMs;
    await pass.open.add(absent, []);
    return busyMs;
  });
}

/** Every page of a walk, several slices under way at once. `look` gives how long the source was busy with it, ms. */
async function walkAll(
  { run, gait, report }: Pass,
  peer: Peer,
  size: { readonly next: () => number; readonly most: number },
  look: (keys: readonly string[]) => Promise<number>,
): Promise<void> {
  const walk = createWalk(peer);
  const go = async (): Promise<void> => {
    for (;;) {
      let began = run.clock.monotonicMs();
      const page = await walk.next(size.next());
      if (page === null) return;
      // A server may give more than it was asked for, or nothing.
      for (const keys of slices(page, size.most)) {
        const busyMs = await look(keys);
        report(keys.length);
        await gait.rest(run.clock.monotonicMs() - began, busyMs);
        began = run.clock.monotonicMs();
      }
    }
  };
  await Promise.all(Array.from({ length: gait.inFlight }, go));
}

const COLON = 0x3a;

/** Those of the keys that the server does not have now. */
async function absentOf(
  connection: WireConnection,
  keys: readonly string[],
  many: boolean,
): Promise<readonly string[]> {
  if (many) {
    const reply = await connection.exchange('EXISTS', prepared(keyedTogether('EXISTS', keys)), 1);
    if (reply !== null && reply[0] === COLON && integerAt(reply, 1) === keys.length) return [];
  }
  const commands = keys.map((key) => ['EXISTS', Buffer.from(key, 'latin1')] as const);
  const replies = await collect(connection, commands);
  return keys.filter((_, i) => replies[i] === 0);
}
