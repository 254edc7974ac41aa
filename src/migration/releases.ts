// Every release of every product: its snapshot format, and what its stream carries that older ones do not know.
// Data only; who can follow whom is judged in version-paths.ts.

import { compareVersions, nameOf, PRODUCTS, type Running } from './capabilities.ts';
import type { Identity } from './instance.ts';

export interface Release {
  readonly product: Identity['product'];
  /** The first version of the release. */
  readonly from: string;
  /** RDB version of its snapshots. A server reads every lower one too. */
  readonly writes: number;
  /** What it writes instead for a replica that cannot read `writes`; its own format reads no further than this one. */
  readonly alsoWrites?: number;
  /** New in its stream, most used first: a replica that does not know it logs an error, goes on, and differs. */
  readonly adds: readonly string[];
  /** What clients had used since an earlier Redis, and what it goes into the stream as from this release on. */
  readonly rewrites?: readonly Rewrite[];
  /** As `adds`, of which hardly anybody makes use. */
  readonly rare?: readonly string[];
}

interface Rewrite {
  readonly use: string;
  readonly since: string;
  readonly as: string;
}

const SET_UNTIL = 'SET … PXAT';
const SET_KEEP = 'SET … KEEPTTL';
const GROUP_ENTRIES_READ = 'XGROUP … ENTRIESREAD';
const HASH_FIELD_EXPIRY = ['HEXPIRE', 'HPEXPIRE', 'HEXPIREAT', 'HPEXPIREAT', 'HPERSIST'];
const HASH_FIELD_SETS = ['HSETEX', 'HGETEX', 'HGETDEL'];

/**
 * Each product's with the newest last. Formats: src/rdb.h of each. The stream of every one was read while a client
 * ran each write command of the newest, and given to every older one: what that refused is here.
 * GETDEL, GETEX, XAUTOCLAIM and ZMPOP are not: they go into the stream as what older ones know.
 */
const RELEASES: readonly Release[] = [
  { product: 'redis', from: '2.4', writes: 2, adds: [] },
  { product: 'redis', from: '2.6', writes: 6, adds: ['EVAL', 'PEXPIRE', 'PSETEX', 'BITOP', 'RESTORE'] },
  { product: 'redis', from: '2.8', writes: 6, adds: ['PFADD', 'PFMERGE', 'ZREMRANGEBYLEX'] },
  { product: 'redis', from: '3.0', writes: 6, adds: ['ZADD with options'] },
  { product: 'redis', from: '3.2', writes: 7, adds: ['BITFIELD', 'GEORADIUS … STORE'] },
  {
    product: 'redis',
    from: '4.0',
    writes: 8,
    adds: ['UNLINK', 'HSET of several fields', 'SWAPDB', 'FLUSHALL ASYNC', 'LPUSHX of several values'],
  },
  {
    product: 'redis',
    from: '5.0',
    writes: 9,
    adds: ['streams (XADD and others)', 'ZPOPMIN', 'ZPOPMAX', 'RESTORE … ABSTTL'],
  },
  {
    product: 'redis',
    from: '6.0',
    writes: 9,
    adds: [SET_KEEP],
    rewrites: [{ use: 'INCRBYFLOAT', since: '2.6', as: SET_KEEP }],
  },
  {
    product: 'redis',
    from: '6.2',
    writes: 9,
    adds: [
      'LMOVE',
      'COPY',
      'LPOP and RPOP with a count',
      'ZRANGESTORE',
      'ZDIFFSTORE',
      'ZADD … GT and LT',
      'GEOSEARCHSTORE',
      SET_UNTIL,
      'XADD … NOMKSTREAM and MINID',
      'XTRIM … MINID',
      'XGROUP CREATECONSUMER',
      'FLUSHALL SYNC',
    ],
  },
  {
    product: 'redis',
    from: '7.0',
    writes: 10,
    adds: ['FUNCTION', 'EXPIRE with options', GROUP_ENTRIES_READ],
    rewrites: [
      { use: 'SETEX', since: '2.4', as: SET_UNTIL },
      { use: 'SET with an expiry', since: '2.6.12', as: SET_UNTIL },
      { use: 'XREADGROUP', since: '5.0', as: GROUP_ENTRIES_READ },
    ],
  },
  { product: 'redis', from: '7.2', writes: 11, adds: [] },
  { product: 'redis', from: '7.4', writes: 12, adds: HASH_FIELD_EXPIRY },
  { product: 'redis', from: '8.0', writes: 12, adds: [...HASH_FIELD_SETS, 'VADD'] },
  { product: 'valkey', from: '7.2', writes: 11, adds: [] },
  { product: 'valkey', from: '8.0', writes: 11, adds: [] },
  { product: 'valkey', from: '8.1', writes: 11, adds: [], rare: ['SET … IFEQ'] },
  {
    product: 'valkey',
    from: '9.0',
    writes: 80,
    alsoWrites: 11,
    adds: [...HASH_FIELD_EXPIRY, ...HASH_FIELD_SETS],
  },
];

/** The release that a version belongs to; null: it is older than all of them. */
export function releaseOf(running: Running): Release | null {
  return (
    releasesOf(running.product).findLast(({ from }) => compareVersions(running.version, from) >= 0) ?? null
  );
}

export function releasesOf(product: Identity['product']): readonly Release[] {
  return RELEASES.filter((release) => release.product === product);
}

/** `Redis 7.0`. */
export function releaseName(release: Release): string {
  return nameOf({ product: release.product, version: release.from });
}

/** Can it load what the other sends? Above `alsoWrites` lie the formats that a fork left to the other product. */
export function canRead(reader: Release, writer: Release): boolean {
  const sent = [writer.writes, ...(writer.alsoWrites === undefined ? [] : [writer.alsoWrites])];
  const upTo = reader.alsoWrites ?? reader.writes;
  return sent.some((format) => format === reader.writes || format <= upTo);
}

/** What may come in the stream of one and is unknown to the other. */
export function missingCommands(from: Release, to: Release): readonly string[] {
  const known = commandsOf(to);
  const added = lineOf(from).flatMap(({ adds }) => adds);
  return [...missingUses(from, to), ...added.filter((command) => !known.has(command))];
}

/** Of these, what clients of the older one use today, and would miss without having changed anything. */
export function missingUses(from: Release, to: Release): readonly string[] {
  const known = commandsOf(to);
  const asRedis = PRODUCTS[to.product].beganAs ?? to.from;
  return lineOf(from)
    .toReversed()
    .flatMap(({ rewrites = [] }) => rewrites)
    .filter(({ as, since }) => !known.has(as) && compareVersions(since, asRedis) <= 0)
    .map(({ use }) => use);
}

function commandsOf(release: Release): ReadonlySet<string> {
  return new Set(lineOf(release).flatMap(({ adds }) => adds));
}

/** As above, what hardly anybody uses. */
export function missingRarities(from: Release, to: Release): readonly string[] {
  const known = new Set(lineOf(to).flatMap(({ rare = [] }) => rare));
  return lineOf(from)
    .flatMap(({ rare = [] }) => rare)
    .filter((option) => !known.has(option));
}

/** The releases that one builds on: of its own product up to it, and of the one that the product began as. */
function lineOf(release: Release): readonly Release[] {
  const upTo = (product: Identity['product'], version: string): readonly Release[] =>
    releasesOf(product).filter(({ from }) => compareVersions(from, version) <= 0);
  const { beganAs } = PRODUCTS[release.product];
  const inherited = beganAs === null ? [] : upTo('redis', beganAs);
  return [...inherited, ...upTo(release.product, release.from)];
}
