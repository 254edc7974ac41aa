// How a server is asked when a key expires, and what its answer means. Instants where both sides can tell them;
// otherwise the time left, which is some instant of a window on the server's own clock.

import type { Clock } from '../../workflow/ports.ts';
import { listOf, numberOf, type Reply } from '../wire/reply.ts';
import type { ExpiryRules, ExpiryWindow } from './fingerprint.ts';
import { BY_TIME_LEFT, EXACT_EXPIRY, WITH_DRIFT } from './fingerprint.ts';
import type { Peer } from './peer.ts';

export interface ExpiryReads {
  readonly command: 'PEXPIRETIME' | 'PTTL' | 'TTL';
  /** The server tells its clock (TIME); otherwise Ferry's stands in for it. */
  readonly tellsClock: boolean;
}

/** TTL is rounded, and one version rounds up where another rounds down. */
const SECOND_MS = 1_000;

export function expiryReads({ able }: Peer, exact: boolean): ExpiryReads {
  const left = able.can('milliseconds') ? 'PTTL' : 'TTL';
  return { command: exact ? 'PEXPIRETIME' : left, tellsClock: able.can('time') };
}

export function expiryRules(source: Peer, target: Peer): ExpiryRules {
  if (!source.able.can('expiretime')) return WITH_DRIFT;
  return target.able.can('expiretime') ? EXACT_EXPIRY : BY_TIME_LEFT;
}

/** `clock`: the server's clock before and after it answered. null: the key never expires, or is not there. */
export function windowOf({ command }: ExpiryReads, value: number, clock: ExpiryWindow): ExpiryWindow | null {
  if (Number.isNaN(value) || value < 0) return null;
  switch (command) {
    case 'PEXPIRETIME':
      return { from: value, to: value };
    case 'PTTL':
      return { from: clock.from + value, to: clock.to + value };
    case 'TTL':
      return { from: clock.from + (value - 1) * SECOND_MS, to: clock.to + (value + 1) * SECOND_MS };
  }
}

/** The clock before and after a reading, epoch ms, rounded down; `asked`: Ferry's own, for servers that do not tell. */
export function clockWindow(
  { tellsClock }: ExpiryReads,
  first: Reply | undefined,
  last: Reply | undefined,
  askedAt: number,
  clock: Clock,
): ExpiryWindow {
  return tellsClock ? { from: clockOf(first), to: clockOf(last) } : { from: askedAt, to: clock.now() };
}

/** TIME: seconds and microseconds. */
function clockOf(reply: Reply | undefined): number {
  const [seconds, micros] = listOf(reply);
  return numberOf(seconds) * 1_000 + Math.floor(numberOf(micros) / 1_000);
}
