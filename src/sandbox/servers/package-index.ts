// Reads a suite's package index and its signed list of checksums.
// Decides which packages a server needs; never downloads anything.

export interface PackageEntry {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly depends: readonly string[];
}

/** Looks a package up by name. Null when the suite does not have it. */
export type PackageIndex = (name: string) => PackageEntry | null;

/** Indexes a `Packages` file. Stanzas are parsed when asked for: a suite has 60,000 of them, a server needs 20. */
export function parsePackageIndex(text: string): PackageIndex {
  const stanzas = new Map<string, string>();
  for (const stanza of text.split(/\n\n+/)) {
    const name = /^Package: (\S+)$/m.exec(stanza)?.[1];
    if (name !== undefined) stanzas.set(name, stanza);
  }
  return (name) => {
    const stanza = stanzas.get(name);
    return stanza === undefined ? null : parseStanza(name, stanza);
  };
}

/** Several suites seen as one; the first that has a package wins (backports before their base). */
export function overlay(indexes: readonly PackageIndex[]): PackageIndex {
  return (name) => {
    for (const index of indexes) {
      const entry = index(name);
      if (entry !== null) return entry;
    }
    return null;
  };
}

/**
 * `root` and every library it needs, down to the C library, so that it runs on any distribution.
 * Only libraries and Lua modules are followed; programs, users and settings are not needed to run.
 */
export function closure(index: PackageIndex, root: string): PackageEntry[] {
  const found = new Map<string, PackageEntry>();
  const queue = [root];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const entry = found.has(name) ? null : index(name);
    if (entry === null) continue;
    found.set(name, entry);
    queue.push(...entry.depends.filter((dependency) => /^(lib|zlib1g|lua-)/.test(dependency)));
  }
  return [...found.values()];
}

/** The upstream part of a Debian version: `5:8.0.2-3+deb13u2` is `8.0.2`, `8.1.1+dfsg1-3` is `8.1.1`. */
export function upstreamVersion(debianVersion: string): string {
  return /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(debianVersion)?.[1] ?? debianVersion;
}

/** SHA256 sums of a `Release` or `InRelease` file, by the path of the file they are of. */
export function parseReleaseSums(text: string): Map<string, string> {
  const sums = new Map<string, string>();
  let inSha256 = false;
  for (const line of text.split('\n')) {
    if (/^\S/.test(line)) inSha256 = line.startsWith('SHA256:');
    const match = inSha256 ? /^ ([0-9a-f]{64})\s+\d+\s+(\S+)$/.exec(line) : null;
    if (match?.[1] !== undefined && match[2] !== undefined) sums.set(match[2], match[1]);
  }
  return sums;
}

function parseStanza(name: string, stanza: string): PackageEntry | null {
  const field = (key: string): string => new RegExp(`^${key}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
  const sha256 = field('SHA256');
  const filename = field('Filename');
  // Without a checksum nothing is fetched, so such a package counts as absent.
  if (!/^[0-9a-f]{64}$/.test(sha256) || filename === '') return null;
  const depends = [field('Pre-Depends'), field('Depends')]
    .join(', ')
    .split(',')
    .flatMap((alternatives) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(alternatives)?.[1] ?? []);
  return { name, version: field('Version'), filename, sizeBytes: Number(field('Size')), sha256, depends };
}
