// A reading connection to each side of a pair that stays open between looks, and comes anew after an error:
// a fence ends it like any other. It reads, and changes nothing.

import { FerryError } from '../migration/errors.ts';
import { otherSide, SIDES, type Side } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import type { ServerObservation } from '../migration/progress.ts';
import { type Command, connectTo, type Reply, type ServerConnection } from '../redis/connect.ts';
import { type Info, observationOf, offsetOf, parseInfo } from '../redis/info.ts';
import { knownAddresses } from '../redis/known-addresses.ts';
import type { ServerErrorCode } from '../redis/server-error.ts';
import type { Secrets } from '../workflow/ports.ts';

/** INFO comes up to a second late from an old server that loads. */
const READ_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 2_000;
const KEEPS_CONNECTION: ReadonlySet<string> = new Set<ServerErrorCode>([
  'loading',
  'no-permission',
  'server-refused',
]);
const WORTH_ANOTHER: ReadonlySet<string> = new Set<ServerErrorCode>(['unreachable', 'auth-failed']);

export interface Reading {
  readonly info: Info;
  readonly observation: ServerObservation;
}

/** `pair` is handed in each time: how to log in, and by what names its servers go, changes meanwhile. */
export interface PairReader {
  /** null: it does not answer; why is in `trouble`. */
  read(pair: Pair, side: Side): Promise<Reading | null>;
  /** The replication offset alone; null: no answer. */
  offset(pair: Pair, side: Side): Promise<number | null>;
  /** A key's value in database 0; null: none, or no answer. */
  value(pair: Pair, side: Side, key: string): Promise<string | null>;
  /** A setting's value; null: none, or Ferry may not read it. Never for a log (I9). */
  setting(pair: Pair, side: Side, name: string): Promise<string | null>;
  trouble(side: Side): string | null;
  close(): void;
}

export function openPairReader(secrets: Secrets): PairReader {
  const open = new Map<Side, ServerConnection>();
  const troubles = new Map<Side, string>();

  async function connectionTo(pair: Pair, side: Side): Promise<ServerConnection> {
    const before = open.get(side);
    if (before?.open) return before;
    const connection = await connectTo(pair[side], secrets, { timeoutMs: CONNECT_TIMEOUT_MS });
    open.set(side, connection);
    return connection;
  }

  function drop(side: Side): void {
    open.get(side)?.close();
    open.delete(side);
  }

  /** null: no answer, or a refusal. */
  async function ask(pair: Pair, side: Side, command: Command): Promise<Reply> {
    const reused = open.get(side)?.open === true;
    try {
      const reply = await (await connectionTo(pair, side)).ask(command, READ_TIMEOUT_MS);
      troubles.delete(side);
      return reply;
    } catch (error) {
      const code = error instanceof FerryError ? error.code : 'unreachable';
      // A server that loads keeps its connection: 2.4 would not let a new one log in then.
      if (!KEEPS_CONNECTION.has(code)) drop(side);
      // A fence closed it, or wants another password on it: the same question once more, on a new one.
      if (reused && WORTH_ANOTHER.has(code)) return ask(pair, side, command);
      troubles.set(side, error instanceof Error ? error.message : 'no answer');
      return null;
    }
  }

  return {
    async read(pair, side) {
      // An old server leaves connections in that logged in before a hold: only a new one shows whether it stands.
      if (pair[side].holdRef !== undefined) drop(side);
      const at = Date.now();
      const text = await ask(pair, side, ['INFO']);
      if (typeof text !== 'string') return null;
      const info = parseInfo(text);
      const held = open.get(side)?.heldLogin ?? false;
      return { info, observation: observationOf(info, knownAddresses(pair, otherSide(side)), at, held) };
    },
    async offset(pair, side) {
      const text = await ask(pair, side, ['INFO', 'replication']);
      return typeof text === 'string' ? offsetOf(parseInfo(text)) : null;
    },
    async value(pair, side, key) {
      const reply = await ask(pair, side, ['GET', key]);
      return typeof reply === 'string' ? reply : null;
    },
    async setting(pair, side, name) {
      const reply = await ask(pair, side, ['CONFIG', 'GET', name]);
      const value = Array.isArray(reply) ? reply[1] : null;
      return typeof value === 'string' ? value : null;
    },
    trouble: (side) => troubles.get(side) ?? null,
    close() {
      for (const side of SIDES) open.get(side)?.close();
      open.clear();
    },
  };
}
