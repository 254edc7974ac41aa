// What the sentry asks of the outside besides what everybody asks (ports.ts joins it): to meet a server in the first
// milliseconds after its start, and to set it aside if it came back as a primary.

import type { Address, Side } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import type { ServerObservation } from '../migration/progress.ts';
import type { ActResult, Ownership } from './ports.ts';

/** A part of every control connection. */
export interface SettingAside {
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  /**
   * Makes a server that came back from a restart as a primary follow `address`, though it may have lost its guard,
   * and ends a pause with it. Gives what it was at that very moment. For a run that was never the source's alone.
   */
  setAside(address: Address, timeoutMs: number): Promise<ActResult<ServerObservation>>;
}

/** A part of the servers. */
export interface Dialling {
  /**
   * Dials a server until it answers and has loaded, and has its writes held from the first word on if asked to.
   * Rejects when `assertOwner` throws or the signal aborts; never because the server is away.
   */
  dial(pair: Pair, side: Side, owner: Ownership, options: DialOptions): Promise<FirstWord>;
}

export interface DialOptions {
  /** `never`: the version cannot hold writes alone; `if-away`: only once a connection was refused, so after a restart. */
  readonly holds: 'at-once' | 'if-away' | 'never';
  /** Asked before each attempt and each word. Throws when this process may not go on. */
  assertOwner(): void;
  readonly signal: AbortSignal;
}

export interface FirstWord {
  /** null: it answers, but does not say who it is: it lets Ferry in with another password, or not at all. */
  readonly runId: string | null;
  readonly isPrimary: boolean;
  /** Clients' writes are held, until a second after `end` at most. */
  readonly held: boolean;
  /** Hangs up, so that a hold is not renewed any more. */
  end(): void;
}
