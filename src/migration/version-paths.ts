// Who can follow whom, as data: snapshot formats, and commands that one knows and the other does not.
// Measured for every pair of the releases below; a release newer than these counts as the newest and is flagged.

import { capabilitiesOf, compareVersions } from './capabilities.ts';
import type { Identity } from './instance.ts';

type Running = Pick<Identity, 'product' | 'version'>;

export type Path =
  | ({ readonly kind: 'ok' } & Remarks)
  /** It follows, but cannot run these commands of the source and differs in silence where they are used. */
  | ({ readonly kind: 'warned'; readonly commands: readonly string[] } & Remarks)
  /** It never comes up. `reason` completes "<target> runs X, which …"; `alternative` is what to choose instead. */
  | { readonly kind: 'no'; readonly reason: string; readonly alternative: string };

/** What is true of a pair beyond the measured table. */
interface Remarks {
  /** A sentence where a version is newer than all that were measured. */
  readonly unmeasured: string | null;
  /** The source writes an older format for this target, which cannot carry hash fields that expire. */
  readonly losesExpiringFields: boolean;
}

export interface WayBackPath {
  readonly possible: boolean;
  /** Half a sentence: why it is possible, or why not. */
  readonly why: string;
  /** Half a sentence: what can go wrong on the way; null: nothing that other pairs do not have. */
  readonly caution: string | null;
}

interface Release {
  readonly product: Identity['product'];
  /** The first version of the release. */
  readonly from: string;
  /** RDB version of its snapshots. */
  readonly writes: number;
  /** What it writes instead for a replica that cannot read `writes`. */
  readonly alsoWrites?: number;
  readonly reads: readonly number[];
  /** Write commands that are new in this release of this product. */
  readonly adds: readonly string[];
}

const UP_TO_11 = [9, 10, 11];

const HASH_FIELD_EXPIRY = ['HEXPIRE', 'HPEXPIRE', 'HEXPIREAT', 'HPEXPIREAT', 'HPERSIST'];
const HASH_FIELD_SETS = ['HSETEX', 'HGETEX'];

/** Each release with the newest last. RDB versions: src/rdb.h of each. */
const RELEASES: readonly Release[] = [
  { product: 'redis', from: '6.2', writes: 9, reads: [9], adds: [] },
  { product: 'redis', from: '7.0', writes: 10, reads: [9, 10], adds: ['FUNCTION'] },
  { product: 'redis', from: '7.2', writes: 11, reads: UP_TO_11, adds: [] },
  { product: 'redis', from: '7.4', writes: 12, reads: [...UP_TO_11, 12], adds: HASH_FIELD_EXPIRY },
  {
    product: 'redis',
    from: '8.0',
    writes: 12,
    reads: [...UP_TO_11, 12],
    adds: [...HASH_FIELD_SETS, 'HGETDEL'],
  },
  { product: 'valkey', from: '7.2', writes: 11, reads: UP_TO_11, adds: [] },
  { product: 'valkey', from: '8.0', writes: 11, reads: UP_TO_11, adds: [] },
  { product: 'valkey', from: '8.1', writes: 11, reads: UP_TO_11, adds: [] },
  {
    product: 'valkey',
    from: '9.0',
    writes: 80,
    alsoWrites: 11,
    reads: [...UP_TO_11, 80],
    adds: [...HASH_FIELD_EXPIRY, ...HASH_FIELD_SETS],
  },
];

/** Can `target` follow `source`? Both 6.2 or newer; older ones are refused before this is asked. */
export function pathBetween(source: Running, target: Running): Path {
  const from = releaseOf(source);
  const to = releaseOf(target);
  if (!canRead(to, from)) {
    const format = from.alsoWrites ?? from.writes;
    return {
      kind: 'no',
      reason: `cannot read snapshots of ${releaseName(from)} (format ${format})`,
      alternative: `Choose ${readersOf(from)}.`,
    };
  }
  const commands = missingCommands(from, to);
  const remarks = {
    unmeasured: unmeasuredAmong([source, target]),
    losesExpiringFields: !to.reads.includes(from.writes),
  };
  return commands.length > 0 ? { kind: 'warned', commands, ...remarks } : { kind: 'ok', ...remarks };
}

/**
 * Can the source follow the promoted target, so that a revert keeps every write? It does so by partial resync
 * only: the stream goes on and no snapshot is loaded (PSYNC2, measured on seven pairs).
 */
export function wayBack(source: Running, target: Running): WayBackPath {
  for (const side of [source, target]) {
    const able = capabilitiesOf(side);
    if (able.can('psync2')) continue;
    return { possible: false, why: able.whyNot('psync2').replace(/\.$/, ''), caution: null };
  }
  const why = `${nameOf(source)} can follow ${nameOf(target)} by partial resync while the backlog lasts`;
  const back = pathBetween(target, source);
  const unknownCommands = missingCommands(releaseOf(target), releaseOf(source));
  const cautions = [
    ...(back.kind === 'no'
      ? [`it ${back.reason}, so a break that outlasts the backlog closes the way back`]
      : []),
    ...(unknownCommands.length > 0
      ? [`it does not know ${list(unknownCommands)}, and differs in silence once clients use them`]
      : []),
  ];
  return { possible: true, why, caution: cautions.length > 0 ? cautions.join('; ') : null };
}

/** `Redis 8.0.2`, `Valkey 8.1.1`. */
export function nameOf(running: Running): string {
  return `${running.product === 'redis' ? 'Redis' : 'Valkey'} ${running.version}`;
}

function releaseOf(running: Running): Release {
  const own = RELEASES.filter((release) => release.product === running.product);
  const reached = own.filter((release) => compareVersions(running.version, release.from) >= 0);
  const found = reached.at(-1) ?? own[0];
  if (found === undefined) throw new RangeError(`No release of ${running.product} is known`);
  return found;
}

function canRead(reader: Release, writer: Release): boolean {
  return [writer.writes, writer.alsoWrites].some(
    (format) => format !== undefined && reader.reads.includes(format),
  );
}

function missingCommands(from: Release, to: Release): string[] {
  const known = new Set(knownBy(to));
  return knownBy(from).filter((command) => !known.has(command));
}

/** What a release knows beyond 6.2. Valkey began as Redis 7.2 and knows all that came until then. */
function knownBy(release: Release): string[] {
  const own = RELEASES.filter(
    (each) => each.product === release.product && compareVersions(each.from, release.from) <= 0,
  );
  const inherited =
    release.product === 'valkey'
      ? RELEASES.filter((each) => each.product === 'redis' && compareVersions(each.from, '7.2') <= 0)
      : [];
  return [...inherited, ...own].flatMap((each) => each.adds);
}

function unmeasuredAmong(sides: readonly Running[]): string | null {
  const newer = sides.filter((side) => !capabilitiesOf(side).measured).map(nameOf);
  if (newer.length === 0) return null;
  return `${list(newer)} ${newer.length === 1 ? 'is' : 'are'} newer than the versions that Ferry was measured with.`;
}

function readersOf(writer: Release): string {
  const ranges = (['redis', 'valkey'] as const).flatMap((product) => {
    const own = RELEASES.filter((release) => release.product === product);
    const first = own.find(
      (release) => canRead(release, writer) && missingCommands(writer, release).length === 0,
    );
    return first === undefined ? [] : [`${releaseName(first)} or newer`];
  });
  return ranges.join(', or ');
}

function releaseName(release: Release): string {
  return nameOf({ product: release.product, version: release.from });
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
