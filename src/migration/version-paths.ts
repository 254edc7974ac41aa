// Who can follow whom, and whether the old server can follow the new one back, with the reason and what else to do.
// Measured for every pair of releases.ts; a version newer than these counts as the newest and is flagged.

import { capabilitiesOf, nameOf, PRODUCTS, type Running } from './capabilities.ts';
import type { Identity } from './instance.ts';
import {
  canRead,
  missingCommands,
  missingRarities,
  missingUses,
  type Release,
  releaseName,
  releaseOf,
  releasesOf,
} from './releases.ts';

export type Path =
  | ({ readonly kind: 'ok' } & Remarks)
  /** It follows, but does not know these commands of the source and differs in silence where they are used. */
  | ({ readonly kind: 'warned'; readonly commands: readonly string[] } & Remarks)
  /** It never comes up. `reason` completes "<target> runs X, which …"; `alternative` is what to choose instead. */
  | { readonly kind: 'no'; readonly reason: string; readonly alternative: string };

/** What is true of a pair beyond the measured table. */
interface Remarks {
  /** A sentence where a version is newer than all that were measured. */
  readonly unmeasured: string | null;
  /** The source writes an older format for this target, which cannot carry hash fields that expire. */
  readonly losesExpiringFields: boolean;
  /** As `commands`, of which hardly anybody makes use. */
  readonly rarities: readonly string[];
}

export interface WayBackPath {
  readonly possible: boolean;
  /** Half a sentence: why it is possible, or why not. */
  readonly why: string;
  /** Half a sentence: what can go wrong on the way; null: nothing that other pairs do not have. */
  readonly caution: string | null;
  /** What clients of the source use today and the target passes on as something it does not know: a revert loses it. */
  readonly loses: readonly string[];
}

/** Can `target` follow `source`? Whether through a relay is the route's to say (route.ts). */
export function pathBetween(source: Running, target: Running): Path {
  const from = releaseOf(source);
  const to = releaseOf(target);
  if (to === null) return tooOld('is', target);
  if (from === null) return tooOld(`cannot be told to follow ${nameOf(source)}: that is`, source);
  if (!canRead(to, from)) {
    const format = from.alsoWrites ?? from.writes;
    return {
      kind: 'no',
      reason: `cannot read snapshots of ${releaseName(from)} (format ${format})`,
      alternative: alternative(from),
    };
  }
  const commands = missingCommands(from, to);
  const remarks = {
    unmeasured: unmeasuredAmong([source, target]),
    losesExpiringFields: from.alsoWrites !== undefined && to.writes !== from.writes,
    rarities: missingRarities(from, to),
  };
  return commands.length > 0 ? { kind: 'warned', commands, ...remarks } : { kind: 'ok', ...remarks };
}

function tooOld(what: string, running: Running): Path {
  const { name, oldest } = PRODUCTS[running.product];
  return {
    kind: 'no',
    reason: `${what} older than every ${name} that Ferry was measured with`,
    alternative: `Ferry moves ${name} ${oldest} and newer.`,
  };
}

/** Nothing stands in between: whatever reads a format writes this one or a higher one, so no chain leads down. */
function alternative(from: Release): string {
  const products: readonly Identity['product'][] = ['redis', 'valkey'];
  const first = products.flatMap((product) => {
    const able = (release: Release): boolean =>
      canRead(release, from) && missingCommands(from, release).length === 0;
    const found = releasesOf(product).find(able);
    return found === undefined ? [] : [`${releaseName(found)} or newer`];
  });
  return `Choose ${first.join(', or ')}; no move over a third version leads there either.`;
}

/**
 * Can the source follow the promoted target, so that a revert keeps every write? It does so by partial resync
 * only: the stream goes on and no snapshot is loaded (PSYNC2, measured on seven pairs).
 */
export function wayBack(source: Running, target: Running): WayBackPath {
  const able = [source, target].every((side) => capabilitiesOf(side).can('psync2'));
  const from = releaseOf(source);
  const to = releaseOf(target);
  if (!able || from === null || to === null) {
    const why = `${nameOf(source)} cannot follow ${nameOf(target)} without loading a new snapshot; that takes 4.0 or newer on both sides`;
    return { possible: false, why, caution: null, loses: [] };
  }
  const why = `${nameOf(source)} can follow ${nameOf(target)} by partial resync while the backlog lasts`;
  const back = pathBetween(target, source);
  const loses = missingUses(to, from);
  const newer = newerThan(from, to, loses);
  const cautions = [
    ...(back.kind === 'no'
      ? [`it ${back.reason}, so a break that outlasts the backlog closes the way back`]
      : []),
    ...(loses.length > 0
      ? [
          `it cannot apply ${list(loses, 6)} as ${nameOf(target)} passes them on, and misses what clients write by them`,
        ]
      : []),
    ...(newer.length > 0
      ? [`it does not know ${list(newer, 6)}, and differs in silence once clients use them`]
      : []),
  ];
  return { possible: true, why, caution: cautions.length > 0 ? cautions.join('; ') : null, loses };
}

/** What only the target knows: clients that begin to use it after the promotion write what the source refuses. */
export function missingOnWayBack(source: Running, target: Running): readonly string[] {
  const from = releaseOf(source);
  const to = releaseOf(target);
  return from === null || to === null ? [] : newerThan(from, to, missingUses(to, from));
}

function newerThan(from: Release, to: Release, loses: readonly string[]): readonly string[] {
  const newer = [...missingCommands(to, from), ...missingRarities(to, from)];
  return newer.filter((command) => !loses.includes(command));
}

function unmeasuredAmong(sides: readonly Running[]): string | null {
  const newer = sides.filter((side) => !capabilitiesOf(side).measured).map(nameOf);
  if (newer.length === 0) return null;
  return `${list(newer, 2)} ${newer.length === 1 ? 'is' : 'are'} newer than the versions that Ferry was measured with.`;
}

/** `a`, `a and b`, `a, b and c`; past `limit` the rest is counted. */
function list(words: readonly string[], limit: number): string {
  const rest = words.length - limit;
  const all = rest > 0 ? [...words.slice(0, limit), `${rest} more`] : words;
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}
