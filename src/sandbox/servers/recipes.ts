// Which suite of which distribution carries which server: data, measured.
// File names and exact versions are looked up in the suite's index when needed, never written down.

import type { Distribution } from './apt-sources.ts';
import type { Flavour, ServerId } from './server-id.ts';

export interface Recipe {
  readonly id: ServerId;
  /** Suites seen as one; the server comes from the first, its libraries from whichever has them. */
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

const DEBIAN: readonly Recipe[] = [
  { id: 'redis-6.0', suites: ['bullseye'], components: ['main'] },
  { id: 'redis-7.0', suites: ['bookworm'], components: ['main'] },
  { id: 'redis-8.0', suites: ['trixie'], components: ['main'] },
  { id: 'valkey-8.0', suites: ['bookworm-backports', 'bookworm'], components: ['main'] },
  { id: 'valkey-8.1', suites: ['trixie'], components: ['main'] },
  { id: 'valkey-9.1', suites: ['forky'], components: ['main'] },
];

const UBUNTU: readonly Recipe[] = [
  { id: 'redis-6.0', suites: ['jammy'], components: ['main', 'universe'] },
  { id: 'redis-7.0', suites: ['noble'], components: ['main', 'universe'] },
  { id: 'redis-8.0', suites: ['questing'], components: ['main', 'universe'] },
  { id: 'redis-8.0', suites: ['resolute'], components: ['main', 'universe'] },
  { id: 'valkey-8.1', suites: ['questing'], components: ['main', 'universe'] },
];

/** Suites by which a machine's own archive is told from third-party ones. */
export const ARCHIVE_SUITES: Readonly<Record<Distribution['name'], readonly string[]>> = {
  debian: ['bullseye', 'bookworm', 'trixie', 'forky', 'sid', 'oldstable', 'stable', 'testing', 'unstable'],
  ubuntu: ['jammy', 'noble', 'questing', 'resolute'],
};

export function recipesFor(distribution: Distribution['name'], id: ServerId): readonly Recipe[] {
  return (distribution === 'debian' ? DEBIAN : UBUNTU).filter((recipe) => recipe.id === id);
}

/** The server package holds links only; the program is in the tools package. */
export function packageOf(flavour: Flavour): string {
  return `${flavour}-tools`;
}

export interface Architecture {
  readonly debian: 'amd64' | 'arm64';
  readonly triplet: string;
  /** The C library's own program loader, by which a binary runs with the libraries of another suite. */
  readonly loader: string;
}

/** Null for processors that the recipes were not made for. */
export function architectureOf(nodeArch: string): Architecture | null {
  if (nodeArch === 'x64')
    return { debian: 'amd64', triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' };
  if (nodeArch === 'arm64')
    return { debian: 'arm64', triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' };
  return null;
}
