// Counts keys per database on both sides until they agree. A hint, never a proof of equal data.

import type { Difference } from '../../migration/verification.ts';
import type { Clock } from '../../workflow/ports.ts';
import { canaryKey, GUARD_KEY, LOCK_KEY } from '../guard.ts';
import { keysByDbOf } from '../info.ts';
import type { Command } from '../wire/command.ts';
import { textOf } from '../wire/reply.ts';
import { collect } from './collect.ts';
import type { InStep } from './in-step.ts';
import type { Peer } from './peer.ts';

export type KeysByDb = Readonly<Record<string, number>>;

const ROUNDS = 5;
const PAUSE_MS = 100;

/**
 * Keys by database, without Ferry's own: guard, lock, and the canary, which is written anew each second where it
 * proves that the link flows. The guard tells whose migration that is.
 */
export async function countKeys(peer: Peer): Promise<KeysByDb> {
  await peer.connection.ask(['SELECT', 0]);
  const [guard = null] = await collect(peer.connection, [['GET', GUARD_KEY]]);
  const [uid = ''] = guard === null ? [] : textOf(guard).split(':');
  const commands: Command[] = [GUARD_KEY, LOCK_KEY, canaryKey(uid)].map((key) => ['EXISTS', key]);
  const own = (await collect(peer.connection, commands)).filter((reply) => reply === 1).length;
  const counts = { ...keysByDbOf(await peer.info('keyspace')) };
  if (counts['0'] !== undefined) counts['0'] = Math.max(0, counts['0'] - own);
  return counts;
}

/** Do fields of hashes have expiries of their own here? Redis says `subexpiry`, Valkey `keys_with_volatile_items`. */
export async function hasFieldExpiries(peer: Peer): Promise<boolean> {
  const keyspace = await peer.info('keyspace');
  return [...keyspace].some(([name, value]) => {
    return /^db\d+$/.test(name) && /(?:subexpiry|keys_with_volatile_items)=[1-9]/.test(value);
  });
}

export function sumOf(counts: KeysByDb): number {
  return Object.values(counts).reduce((sum, keys) => sum + keys, 0);
}

export interface SettledCounts {
  readonly sourceKeys: number;
  readonly targetKeys: number;
  /** Databases that disagreed in every round. */
  readonly differences: readonly Difference[];
}

/**
 * Reads source, target, source, the target in step, in up to five rounds. Where the source moved meanwhile,
 * a target between its two readings agrees with it: a count passes every number on its way.
 */
export async function settleCounts(
  source: Peer,
  target: Peer,
  inStep: InStep,
  clock: Clock,
  signal: AbortSignal,
): Promise<SettledCounts> {
  for (let round = 1; ; round += 1) {
    const before = await countKeys(source);
    await inStep.wait();
    const there = await countKeys(target);
    const after = await countKeys(source);
    const differences = disagreements(before, there, after);
    const targetKeys = sumOf(there);
    if (differences.length === 0) return { sourceKeys: targetKeys, targetKeys, differences };
    if (round === ROUNDS) return { sourceKeys: sumOf(after), targetKeys, differences };
    await clock.sleep(PAUSE_MS, signal);
  }
}

/** Pure. Equal sums over databases that differ are no agreement. */
export function disagreements(before: KeysByDb, there: KeysByDb, after: KeysByDb): readonly Difference[] {
  const databases = new Set([before, there, after].flatMap((counts) => Object.keys(counts)));
  return [...databases].flatMap((db): Difference[] => {
    const one = before[db] ?? 0;
    const other = after[db] ?? 0;
    const seen = there[db] ?? 0;
    if (seen >= Math.min(one, other) && seen <= Math.max(one, other)) return [];
    const detail = `${count(other)} on the source, ${count(seen)} on the target`;
    return [{ db: Number(db), key: '(all keys)', what: seen < other ? 'missing' : 'extra', detail }];
  });
}

function count(keys: number): string {
  return `${keys.toLocaleString('en-US')} ${keys === 1 ? 'key' : 'keys'}`;
}
