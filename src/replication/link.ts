// A reading connection to each side of a pair that stays open between looks, and comes anew after an error.
// It reads INFO and nothing else.

import { otherSide, SIDES, type Side } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import type { ServerObservation } from '../migration/progress.ts';
import { connectTo, type ServerConnection } from '../redis/connect.ts';
import { type Info, observationOf, offsetOf, parseInfo } from '../redis/info.ts';
import { knownAddresses } from '../redis/known-addresses.ts';
import type { Secrets } from '../workflow/ports.ts';

/** INFO comes up to a second late from an old server that loads. */
const READ_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 2_000;

export interface Reading {
  readonly info: Info;
  readonly observation: ServerObservation;
}

export interface PairReader {
  /** null: it does not answer; why is in `trouble`. */
  read(side: Side): Promise<Reading | null>;
  /** The replication offset alone; null: no answer. */
  offset(side: Side): Promise<number | null>;
  trouble(side: Side): string | null;
  close(): void;
}

export function openPairReader(pair: Pair, secrets: Secrets): PairReader {
  const open = new Map<Side, ServerConnection>();
  const troubles = new Map<Side, string>();

  async function ask(side: Side, section: string | null): Promise<string | null> {
    try {
      let connection = open.get(side);
      if (connection === undefined || !connection.open) {
        connection = await connectTo(pair[side], secrets, { timeoutMs: CONNECT_TIMEOUT_MS });
        open.set(side, connection);
      }
      const text = await connection.ask(section === null ? ['INFO'] : ['INFO', section], READ_TIMEOUT_MS);
      troubles.delete(side);
      return String(text);
    } catch (error) {
      open.get(side)?.close();
      open.delete(side);
      troubles.set(side, error instanceof Error ? error.message : 'no answer');
      return null;
    }
  }

  return {
    async read(side) {
      const at = Date.now();
      const text = await ask(side, null);
      if (text === null) return null;
      const info = parseInfo(text);
      return { info, observation: observationOf(info, knownAddresses(pair, otherSide(side)), at) };
    },
    async offset(side) {
      const text = await ask(side, 'replication');
      return text === null ? null : offsetOf(parseInfo(text));
    },
    trouble: (side) => troubles.get(side) ?? null,
    close() {
      for (const side of SIDES) open.get(side)?.close();
      open.clear();
    },
  };
}
