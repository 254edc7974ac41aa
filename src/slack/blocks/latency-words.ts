// What a server's latency looks like in a line: p50, p99, the worst and its cause, the verdict; and how often
// Ferry asks. Rounded as the probe is worth, so that the same server reads the same from one look to the next.

import { clientsSide } from '../../migration/latency/effect.ts';
import type { LiveLatency, Percentiles } from '../../migration/latency/summary.ts';
import {
  causeInShort,
  causeInWords,
  lengthInWords,
  milliseconds,
  told,
} from '../../migration/latency/words.ts';
import type { Migration } from '../../migration/migration.ts';
import type { LiveFigures } from '../../migration/progress.ts';
import { counted } from './figures.ts';
import { at, bold, join, prose, say, type Words } from './words.ts';

/** One server of a pair with its figures. */
export interface Measured {
  readonly name: string;
  readonly pair: number;
  /** Do clients use this one? */
  readonly isUsed: boolean;
  readonly live: LiveLatency;
}

/** Every server that is measured right now: of each pair the one that clients use first. */
export function measuredServers(migration: Migration, live: LiveFigures | null): readonly Measured[] {
  const used = clientsSide(migration.state);
  const sides = used === 'source' ? (['source', 'target'] as const) : (['target', 'source'] as const);
  return migration.pairs.flatMap((pair, index) =>
    sides.flatMap((side) => {
      const figures = live?.latency[index]?.[side] ?? null;
      if (figures === null) return [];
      return [{ name: pair[side].name, pair: index, isUsed: side === used, live: figures }];
    }),
  );
}

/** `Latency of carts-old: p50 0.06 ms, p99 0.8 ms, worst 92 ms (the fork, 14:03:11) · steady`. */
export function serverLatency({ name, live }: Measured): Words {
  if (live.percentiles === null) return say`Latency of ${name}: not measured · ${verdictWords(live)}`;
  const { p50Us, p99Us } = live.percentiles;
  const figures = `p50 ${ofUs(p50Us)}, p99 ${ofUs(p99Us)}`;
  return say`Latency of ${name}: ${figures}, ${worst(live, live.percentiles)} · ${verdictWords(live)}`;
}

function worst({ worst: stall, stalls }: LiveLatency, { maxUs }: Percentiles): Words {
  if (stall === null) return say`worst ${ofUs(maxUs)}`;
  const many = stalls > 1 ? `; ${counted(stalls, 'stall')}` : '';
  return say`worst ${lengthInWords(stall.ms)} (${prose(causeInShort(stall.cause))}, ${at(stall.at)}${many})`;
}

/** Why it is slow is told by its incident; why it is not known, here. */
function verdictWords({ verdict, why }: LiveLatency): Words {
  if (verdict === 'steady') return say`steady`;
  return verdict === 'unknown' && why !== '' ? say`${bold(verdict)}: ${prose(told(why))}` : [bold(verdict)];
}

/** How often Ferry asks each of them, and where that is less than it means to. */
export function askedHowOften(servers: readonly Measured[]): Words {
  if (servers.length === 0) return [];
  const each = servers.map(
    ({ name, live }) => `${name} ${counted(live.perSecond, 'time')} a second${shortOf(live)}`,
  );
  return say`Ferry asks ${each.join(', ')}.`;
}

function shortOf({ perSecond, wantedPerSecond }: LiveLatency): string {
  if (perSecond >= wantedPerSecond) return '';
  return ` (not ${wantedPerSecond}: the probe has too many servers to ask)`;
}

/** `p50 0.06 ms, p99 0.4, p99.9 1.9, worst 3.2`: the unit once, again only where it is another. */
export function percentileWords({ p50Us, p99Us, p999Us, maxUs }: Percentiles): string {
  const bare = (us: number) => (us < 999_500 ? milliseconds(us / 1_000) : ofUs(us));
  return `p50 ${ofUs(p50Us)}, p99 ${bare(p99Us)}, p99.9 ${bare(p999Us)}, worst ${bare(maxUs)}`;
}

/** `0.7 / 0.9 / 0.6 ms`; null: `–`. */
export function inOneUnit(us: readonly (number | null)[]): string {
  const long = us.some((each) => each !== null && each >= 999_500);
  const shown = us.map((each) => (each === null ? '–' : long ? ofUs(each) : milliseconds(each / 1_000)));
  return `${shown.join(' / ')}${long ? '' : ' ms'}`;
}

export function ofUs(us: number): string {
  return lengthInWords(us / 1_000);
}

/** `812 ms at 14:03:11 (fork for the snapshot …)`; a length that is not exact is the least that it was. */
export function stallWords(stall: {
  readonly lengthMs: number;
  readonly startedAt: number;
  readonly exact: boolean;
  readonly cause: Parameters<typeof causeInWords>[0];
}): Words {
  const length = `${stall.exact ? '' : 'at least '}${lengthInWords(stall.lengthMs)}`;
  return say`${length} at ${at(stall.startedAt)} (${prose(causeInWords(stall.cause))})`;
}

/** `about 4,100 commands`: to two digits, for more it is not worth. */
export function aboutCommands(commands: number): string {
  const rounded = Number(commands.toPrecision(2));
  return `about ${counted(rounded, 'command')}`;
}

/** The lines of all servers, one a line. */
export function latencyLines(servers: readonly Measured[]): Words {
  return join(servers.map(serverLatency), '\n');
}
