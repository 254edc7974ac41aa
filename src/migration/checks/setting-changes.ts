// Which settings do not suit the transfer and the way back, and what Ferry sets instead.
// The checks that tell it and the plan that does it both read it from here.

import { capabilitiesOf } from '../capabilities.ts';
import { foresee, type WriteRate, writeRate } from '../forecast.ts';
import type { Side } from '../instance.ts';
import type { Pair } from '../migration.ts';
import type { SettingChange } from '../plan.ts';
import { routeBetween } from '../route.ts';
import type { ServerFacts } from '../survey-facts.ts';
import { bytes, duration } from './figures.ts';
import { replicationTls } from './link-tls.ts';

const MB = 1024 ** 2;

/** Writes come in bursts: what was read once may double. */
const MARGIN = 2;
/** How long a link may break without a new snapshot. */
const BREAK_SECONDS = 120;
const LEAST_BACKLOG_BYTES = 32 * MB;
const MOST_BACKLOG_BYTES = 1024 * MB;
/** Time for Ferry to see a full resync coming, and to take the old server off before it loses its data. */
const LEAST_DISKLESS_DELAY_SECONDS = 5;

/** May the old server follow the promoted one? Only then what serves the way back is of use. */
export function canGoBack(source: ServerFacts, target: ServerFacts): boolean {
  return routeBetween(source.identity, target.identity).demotion === 'follow';
}

/** What a replica's output buffer on the source may hold. */
export interface BufferLimit {
  /** The least of hard and soft limit; Infinity: none. */
  readonly limitBytes: number;
  readonly neededBytes: number;
  readonly rate: WriteRate;
  /** What Ferry sets; null: the limit is enough. */
  readonly raiseToBytes: number | null;
}

/** null: the source does not tell. */
export function outputBuffer(source: ServerFacts): BufferLimit | null {
  const hasLimit = capabilitiesOf(source.identity).can('output-buffer-limit');
  const limitBytes = hasLimit
    ? replicaLimit(source.settings['client-output-buffer-limit'])
    : Number.POSITIVE_INFINITY;
  if (limitBytes === null) return null;
  const rate = writeRate(source);
  const neededBytes = Math.ceil(((rate.bytesPerSecond * foresee(source).syncMs.most) / 1_000) * MARGIN);
  const raiseToBytes = neededBytes > limitBytes ? roundUp(neededBytes) : null;
  return { limitBytes, neededBytes, rate, raiseToBytes };
}

export interface Backlog {
  readonly sizeBytes: number;
  /** How long a broken link it bridges at today's rate, ms; Infinity: nothing is written. */
  readonly bridgesMs: number;
  readonly raiseToBytes: number | null;
  readonly thenBridgesMs: number;
}

/** The backlog of either server, for the writes that the source gets now; null: it does not tell, or has none. */
export function backlog(side: ServerFacts, source: ServerFacts): Backlog | null {
  const sizeBytes = numberOf(side.settings['repl-backlog-size']);
  if (sizeBytes === null) return null;
  const rate = writeRate(source).bytesPerSecond;
  const wanted = Math.min(MOST_BACKLOG_BYTES, Math.max(LEAST_BACKLOG_BYTES, roundUp(rate * BREAK_SECONDS)));
  const bridges = (size: number): number => (rate === 0 ? Number.POSITIVE_INFINITY : (size / rate) * 1_000);
  const enough = sizeBytes >= wanted;
  return {
    sizeBytes,
    bridgesMs: bridges(sizeBytes),
    raiseToBytes: enough ? null : wanted,
    thenBridgesMs: bridges(enough ? sizeBytes : wanted),
  };
}

export interface ReplTimeout {
  readonly seconds: number;
  readonly raiseToSeconds: number | null;
}

/**
 * A server that hears nothing for `repl-timeout` ends the link; a long dump or load may be as quiet as that. null: it
 * cannot be read, or cannot be set while the server runs (2.4).
 */
export function replTimeout(side: ServerFacts, source: ServerFacts): ReplTimeout | null {
  const seconds = numberOf(side.settings['repl-timeout']);
  if (seconds === null) return null;
  const predicted = foresee(source).syncMs.most / 1_000;
  const wanted = Math.ceil((predicted * MARGIN) / 60) * 60;
  return { seconds, raiseToSeconds: predicted > seconds / 2 && wanted > seconds ? wanted : null };
}

/**
 * What keeps a restarted new server from emptying the old one by a full resync: the dump goes over the link, and begins
 * only after this delay, in which Ferry takes the old server off. null: not needed, or not known.
 */
export function disklessDelay(
  source: ServerFacts,
  target: ServerFacts,
): { readonly diskless: boolean; readonly seconds: number } | null {
  const diskless = target.settings['repl-diskless-sync'];
  const seconds = numberOf(target.settings['repl-diskless-sync-delay']);
  if (!canGoBack(source, target) || seconds === null || diskless === null || diskless === '') return null;
  return { diskless: diskless === 'yes', seconds };
}

type Change = Omit<SettingChange, 'pair'>;

/** Every setting that the plan changes and puts back (I12). */
export function settingChanges(
  source: ServerFacts,
  target: ServerFacts,
  pairIndex: number,
  pair: Pair,
): SettingChange[] {
  const sides: readonly (readonly [Side, ServerFacts])[] = [
    ['source', source],
    ['target', target],
  ];
  const goesBack = canGoBack(source, target);
  const changes: readonly Change[] = [
    ...bufferChange(source),
    ...sides.flatMap(([side, facts]) =>
      side === 'source' || goesBack ? backlogChange(side, facts, source) : [],
    ),
    ...sides.flatMap(([side, facts]) => timeoutChange(side, facts, source)),
    ...disklessChanges(source, target),
    ...sides.flatMap(([side]) =>
      side === 'target' || goesBack ? tlsChange(side, source, target, pair) : [],
    ),
  ];
  return changes.map((change) => ({ pair: pairIndex, ...change }));
}

function bufferChange(source: ServerFacts): Change[] {
  const buffer = outputBuffer(source);
  if (!buffer?.raiseToBytes) return [];
  return [
    {
      side: 'source',
      name: 'client-output-buffer-limit',
      // Of the replica class alone: hard limit, soft limit, seconds.
      to: { text: `${buffer.raiseToBytes} ${buffer.raiseToBytes} 60` },
      why: `writes during about ${duration(foresee(source).syncMs.most)} of sync need ${bytes(buffer.neededBytes)}`,
    },
  ];
}

function backlogChange(side: Side, facts: ServerFacts, source: ServerFacts): Change[] {
  const found = backlog(facts, source);
  if (!found?.raiseToBytes) return [];
  const why =
    side === 'source'
      ? 'a broken link during the sync goes on without a new snapshot'
      : 'the way back survives a broken link';
  return [{ side, name: 'repl-backlog-size', to: { text: String(found.raiseToBytes) }, why }];
}

function timeoutChange(side: Side, facts: ServerFacts, source: ServerFacts): Change[] {
  const found = replTimeout(facts, source);
  if (!found?.raiseToSeconds) return [];
  const why = `about ${duration(foresee(source).syncMs.most)} of sync may be quiet for longer than ${found.seconds} s`;
  return [{ side, name: 'repl-timeout', to: { text: String(found.raiseToSeconds) }, why }];
}

function disklessChanges(source: ServerFacts, target: ServerFacts): Change[] {
  const found = disklessDelay(source, target);
  if (found === null) return [];
  const why = 'a restart of the new server must not empty the old one';
  const change = (name: string, text: string): Change => ({ side: 'target', name, to: { text }, why });
  return [
    ...(found.diskless ? [] : [change('repl-diskless-sync', 'yes')]),
    ...(found.seconds >= LEAST_DISKLESS_DELAY_SECONDS
      ? []
      : [change('repl-diskless-sync-delay', String(LEAST_DISKLESS_DELAY_SECONDS))]),
  ];
}

function tlsChange(side: Side, source: ServerFacts, target: ServerFacts, pair: Pair): Change[] {
  const found = replicationTls(side, source, target, pair);
  if (found.kind !== 'settable') return [];
  const peer = pair[side === 'source' ? 'target' : 'source'];
  const why = `to follow ${peer.name} over ${found.to === 'yes' ? 'TLS' : 'plain TCP'}`;
  return [{ side, name: 'tls-replication', to: { text: found.to }, why }];
}

/** `normal 0 0 0 slave 268435456 67108864 60 pubsub …`: the least limit of the replica class; 0 means none. */
function replicaLimit(setting: string | null): number | null {
  const match = /(?:slave|replica) (\d+) (\d+) \d+/.exec(setting ?? '');
  if (match === null) return null;
  const limits = [Number(match[1]), Number(match[2])].filter((limit) => limit > 0);
  return Math.min(Number.POSITIVE_INFINITY, ...limits);
}

function numberOf(setting: string | null): number | null {
  return setting !== null && /^\d+$/.test(setting) ? Number(setting) : null;
}

/** The next power of two, at least 1 MB: sizes that people recognise. */
function roundUp(amount: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(MB, amount)));
}
