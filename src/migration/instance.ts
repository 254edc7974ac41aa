// An inventory entry as a record keeps it: addresses and references, never a secret (I9).

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One server of the inventory. `*Ref` fields are `env:NAME` or `file:/path`. */
export interface Instance {
  readonly name: string;
  /** As Ferry reaches it. */
  readonly address: Address;
  /** As the other server of a pair reaches it. */
  readonly replicationAddress: Address;
  readonly username: string | null;
  readonly passwordRef: string | null;
  /** null: plain TCP. */
  readonly tls: { readonly caRef: string | null; readonly servername: string | null } | null;
  readonly environment: string;
  /** While Ferry's own password may be on the server: its reference. Never in a record or an inventory. */
  readonly holdRef?: string;
}

/**
 * Where nobody listens: a server pointed at it is read-only, keeps its data and hammers nobody. Loopback port 1
 * is refused at once, on the server's own machine, whatever the network does.
 */
export const PARKING_ADDRESS: Address = { host: '127.0.0.1', port: 1 };

/** Which of the two servers of a pair. */
export type Side = 'source' | 'target';

export const SIDES: readonly Side[] = ['source', 'target'];

export function otherSide(side: Side): Side {
  return side === 'source' ? 'target' : 'source';
}

/** `host:port`, with brackets around an IPv6 host. */
export function formatAddress(address: Address): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** Who a server is, beyond its address: a restart changes `runId` (see `sameRun`). */
export interface Identity {
  readonly runId: string;
  /** `redis` or `valkey`. */
  readonly product: 'redis' | 'valkey';
  /** `7.0.15`; for Valkey its own version, not the Redis version that it claims. */
  readonly version: string;
}

/** How far two readings of one server's start may lie apart, seconds: clocks and rounding. */
const START_TOLERANCE_SECONDS = 5;

/** Do two run ids belong to one run of one server? 2.4 has none: `process-<pid>-<start, epoch seconds>` stands for it. */
export function sameRun(a: string, b: string): boolean {
  if (a === b) return true;
  const [, pidA, startA] = /^process-(\d+)-(\d+)$/.exec(a) ?? [];
  const [, pidB, startB] = /^process-(\d+)-(\d+)$/.exec(b) ?? [];
  if (pidA === undefined || pidA !== pidB) return false;
  return Math.abs(Number(startA) - Number(startB)) <= START_TOLERANCE_SECONDS;
}
