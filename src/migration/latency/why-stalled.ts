// Why a server stalled, from what it told before and after. A cause is named only where the server itself timed
// something of that length in that time, a counter moved, or a witness saw the server work. All else is unknown.

import { sameRun } from '../instance.ts';
import type { Cause, ServerFacts } from './cause.ts';
import { type TimedCause, timedCauses } from './timed-causes.ts';

/** A stall as a probe measured it. */
export interface StalledSpan {
  /** Epoch ms of the process that measured. */
  readonly startedAt: number;
  /** At least this. */
  readonly lengthMs: number;
  /** Between two pings then: it may have begun this much earlier. */
  readonly intervalMs: number;
  /** It ended with -LOADING. */
  readonly loading: boolean;
  /** It ended with the connection. */
  readonly lost: boolean;
}

/** What was seen from outside while the server was silent. */
export interface Witness {
  /** answered: another connection was served meanwhile; executed: a command was run meanwhile, its reply came late. */
  readonly served: 'answered' | 'executed' | null;
  /** The name of the other server of the pair, if it fell silent at the same time; null: it did not. */
  readonly silentBeside: string | null;
}

export interface Explanation {
  readonly cause: Cause;
  /** How long it really was, where the server timed it; null: as measured. */
  readonly exactMs: number | null;
}

/** Grown by so much within a stall, a client's output buffer is worth naming. */
const LARGE_BUFFER_BYTES = 32 * 1024 * 1024;
/** A difference of resident to used memory that padding and untouched pages do not make. */
const SWAPPED_BYTES = 256 * 1024 * 1024;
const SWAPPED_SHARE = 0.2;
const FULL_SHARE = 0.97;
/** What explains a stall makes up at least this share of it. */
const MOST = 0.5;

export function explainStall(
  before: ServerFacts | null,
  after: ServerFacts | null,
  span: StalledSpan,
  witness: Witness,
): Explanation {
  if (span.loading || after?.loading === true) return { cause: { kind: 'loading' }, exactMs: null };
  if (before !== null && after !== null && !sameRun(before.runId, after.runId))
    return unknown('it was started anew in that time');
  const timed = after === null ? null : bestOf(timedCauses(before, after, span), span);
  if (timed !== null) return { cause: timed.cause, exactMs: isExact(timed, span) ? timed.durationMs : null };
  const cause =
    byWitness(before, after, span, witness) ??
    (before === null || after === null ? null : byCounters(before, after)) ??
    (before === null || after === null ? null : byState(before, after));
  return cause === null ? unknown(whyUnknown(before, after, span)) : { cause, exactMs: null };
}

function unknown(why: string): Explanation {
  return { cause: { kind: 'unknown', why }, exactMs: null };
}

/** The one whose length comes nearest to the stall's, of those that make up most of it and are not longer. */
function bestOf(causes: readonly TimedCause[], span: StalledSpan): TimedCause | null {
  const off = ({ durationMs }: TimedCause): number =>
    Math.abs(durationMs - span.lengthMs - span.intervalMs / 2);
  const fitting = causes.filter(
    ({ durationMs }) => durationMs >= span.lengthMs * MOST && durationMs <= longestOf(span),
  );
  return fitting.reduce<TimedCause | null>(
    (best, each) => (best === null || off(each) < off(best) ? each : best),
    null,
  );
}

/** The stall may have begun an interval before its ping, and clocks are read with a little delay. */
function longestOf({ lengthMs, intervalMs }: StalledSpan): number {
  return lengthMs + intervalMs + Math.max(5, lengthMs * 0.1);
}

function isExact({ single, durationMs }: TimedCause, span: StalledSpan): boolean {
  return single && durationMs >= span.lengthMs - Math.max(2, span.lengthMs * 0.05);
}

function byWitness(
  before: ServerFacts | null,
  after: ServerFacts | null,
  span: StalledSpan,
  { served, silentBeside }: Witness,
): Cause | null {
  if (served === 'answered') {
    return { kind: 'network', what: 'the server answered on another connection meanwhile' };
  }
  if (silentBeside !== null) return { kind: 'network', what: `${silentBeside} fell silent at the same time` };
  // A busy server may run a command early and answer it late: only an idle one proves that its reply was held up.
  const cpuMs = moved(before?.cpuMs, after?.cpuMs);
  if (served === 'executed' && cpuMs !== null && cpuMs < span.lengthMs * MOST) {
    return { kind: 'network', what: 'the server worked meanwhile, its replies came late' };
  }
  return null;
}

/** Counters that tell no length: that they moved is all that is known. */
function byCounters(before: ServerFacts, after: ServerFacts): Cause | null {
  if ((moved(before.aofDelays, after.aofDelays) ?? 0) > 0) return { kind: 'aof-sync' };
  const pauses = moved(before.pauses, after.pauses) ?? 0;
  // A pause of writes alone stalls no PING: that is Ferry's own, which is always lifted again.
  if (pauses > (moved(before.unpauses, after.unpauses) ?? 0)) return { kind: 'paused' };
  const grownBytes = moved(before.outputBufferBytes, after.outputBufferBytes) ?? 0;
  return grownBytes >= LARGE_BUFFER_BYTES ? { kind: 'output-buffer', bytes: grownBytes } : null;
}

/** What went on all the time. It explains the least, so it comes last. */
function byState(before: ServerFacts, after: ServerFacts): Cause | null {
  const { usedMemoryBytes, residentBytes, systemMemoryBytes } = after;
  if (usedMemoryBytes !== null && residentBytes !== null) {
    const swappedBytes = usedMemoryBytes - residentBytes;
    if (swappedBytes >= SWAPPED_BYTES && swappedBytes >= usedMemoryBytes * SWAPPED_SHARE) {
      return {
        kind: 'memory',
        what: `about ${megabytes(swappedBytes)} of its data are not in memory (swap)`,
      };
    }
    if (systemMemoryBytes !== null && residentBytes >= systemMemoryBytes * FULL_SHARE) {
      return {
        kind: 'memory',
        what: `it takes ${megabytes(residentBytes)} of its machine's ${megabytes(systemMemoryBytes)}`,
      };
    }
  }
  if (before.snapshotRunning === true && after.snapshotRunning === true) return { kind: 'snapshot' };
  if (before.aofRewriteRunning === true && after.aofRewriteRunning === true) return { kind: 'aof-rewrite' };
  return null;
}

function whyUnknown(before: ServerFacts | null, after: ServerFacts | null, span: StalledSpan): string {
  if (span.lost) return 'the connection ended before a reply came';
  if (after === null) return 'the server could not be asked afterwards';
  if (before === null) return 'nothing was known of the server before';
  const cpuMs = moved(before.cpuMs, after.cpuMs);
  const aroundMs = after.at - before.at;
  if (cpuMs === null || aroundMs <= 0) return 'nothing that the server tells explains it';
  const used = `${Math.round(cpuMs)} ms of processor time in the ${Math.round(aroundMs)} ms around it`;
  if (cpuMs < span.lengthMs * MOST) {
    return `nothing that the server tells explains it; it used ${used}, so it was not busy: stopped, or not reached`;
  }
  const log = after.slow === null ? '; its SLOWLOG cannot be read' : '';
  return `nothing that the server tells explains it; it used ${used}, so it was busy${log}`;
}

/** How far a counter moved; null: it is not told, or began anew. */
export function moved(before: number | null | undefined, after: number | null | undefined): number | null {
  if (before === null || before === undefined || after === null || after === undefined) return null;
  return after < before ? null : after - before;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024).toLocaleString('en-US')} MB`;
}
