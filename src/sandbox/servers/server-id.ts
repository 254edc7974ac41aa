// Names a server version the way tests and the sandbox ask for it: `redis-7.0`, `valkey-8.1`.
// Decides whether a found binary answers to such a name; never looks at a disk.

export type Flavour = 'redis' | 'valkey';

/** A flavour and a version, as exact as the asker cares: `redis-7`, `redis-7.0`, `valkey-8.1.1`. */
export type ServerId = `${Flavour}-${number}` | `${Flavour}-${number}.${string}`;

/** The process's environment, handed in: REDIS_BIN_DIR, XDG_CACHE_HOME and PATH are looked at. */
export type Variables = Readonly<Record<string, string | undefined>>;

export interface ServerBinary {
  readonly id: ServerId;
  readonly flavour: Flavour;
  /** The full version that the binary reports, such as `7.0.15`. */
  readonly version: string;
  readonly origin: 'REDIS_BIN_DIR' | 'cache' | 'PATH' | 'packages';
  /** The program to start, what comes before its own arguments, and what it needs in its environment. */
  readonly program: string;
  readonly leadingArgs: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Reads the answer to `redis-server --version`. Null when this is neither Redis nor Valkey. */
export function parseVersionAnswer(answer: string): { flavour: Flavour; version: string } | null {
  const match = /^(redis|valkey) server v(?:=|ersion )(\d+\.\d+\.\d+)/im.exec(answer);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { flavour: match[1].toLowerCase() === 'redis' ? 'redis' : 'valkey', version: match[2] };
}

/** True when `version` is the one asked for, or one of its patch releases (`7.0` takes `7.0.15`, not `7.01`). */
export function answersTo(id: ServerId, found: { flavour: Flavour; version: string }): boolean {
  const { flavour, version } = splitId(id);
  return found.flavour === flavour && `${found.version}.`.startsWith(`${version}.`);
}

export function splitId(id: ServerId): { flavour: Flavour; version: string } {
  const dash = id.indexOf('-');
  return { flavour: id.startsWith('redis-') ? 'redis' : 'valkey', version: id.slice(dash + 1) };
}

/** The name of one exact build: `redis-7.0.15`. */
export function exactId(found: { flavour: Flavour; version: string }): ServerId {
  const [major, ...rest] = found.version.split('.');
  return `${found.flavour}-${Number(major)}.${rest.join('.')}`;
}

/** Orders versions by number: negative when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
