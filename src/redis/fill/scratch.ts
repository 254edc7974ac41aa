// The port `Filler`: one raw connection to one server for a fill or a clear, after a look at whether it may be
// written to at all. Whose server it is, and whether it is for rehearsals, was decided before.

import { randomBytes } from 'node:crypto';
import { type Capabilities, capabilitiesOf } from '../../migration/capabilities.ts';
import { FerryError } from '../../migration/errors.ts';
import type { Instance } from '../../migration/instance.ts';
import type { Clock, Filler, Scratch, Secrets } from '../../workflow/ports.ts';
import { describeInstance } from '../connect.ts';
import { type Info, identityOf, infoNumber, infoText, keysByDbOf, parseInfo } from '../info.ts';
import type { WireConnection } from '../wire/connection.ts';
import { openInstance } from '../wire/open-instance.ts';
import { listOf, numberOf, textOf } from '../wire/reply.ts';
import { clear } from './clear.ts';
import { fill } from './fill.ts';
import { foreignKeys } from './foreign.ts';
import { lockServer, newToken, unlockServer } from './lease.ts';

export interface FillerOptions {
  readonly secrets: Secrets;
  readonly clock: Clock;
}

/** A server that is being filled may stand still for a fork, or while it writes its log. */
const SILENCE_TIMEOUT_MS = 30_000;

/** What a fill and a clear work with. */
export interface Ground {
  readonly name: string;
  readonly connection: WireConnection;
  readonly able: Pick<Capabilities, 'can'>;
  readonly clock: Clock;
  /** At the time of opening. */
  readonly usedBytes: number;
  /** 0: no limit. */
  readonly maxMemoryBytes: number;
  /** null: before 3.2 it does not tell. */
  readonly machineBytes: number | null;
  /** What `ferry:lock` holds while it is ours. */
  readonly token: string;
}

export function createFiller({ secrets, clock }: FillerOptions): Filler {
  return {
    async open(instance) {
      const connection = await openInstance(instance, secrets, {
        name: 'ferry-fill',
        silenceTimeoutMs: SILENCE_TIMEOUT_MS,
      });
      try {
        const info = await readInfo(connection);
        assertWritable(instance, info);
        const ground = await groundOf(instance, connection, info, clock);
        return scratchOver(ground, info);
      } catch (error) {
        connection.close();
        throw error;
      }
    },
  };
}

function scratchOver(ground: Ground, info: Info): Scratch {
  const { connection } = ground;
  return {
    identity: identityOf(info),
    foreignKeys: (signal) => foreignKeys(ground, keysByDbOf(info), signal),
    lock: () => lockServer(ground),
    fill: (targetBytes, watch) => fill(ground, targetBytes, watch),
    clear: (watch) => clear(ground, watch),
    async close() {
      await unlockServer(ground);
      connection.close();
    },
  };
}

export async function readInfo(connection: WireConnection): Promise<Info> {
  return parseInfo(textOf(await connection.ask(['INFO'])));
}

function assertWritable(instance: Instance, info: Info): void {
  const who = describeInstance(instance);
  if (infoNumber(info, 'loading') === 1) {
    throw new FerryError('loading', `${who} is loading its data.`, { hint: 'Try again when it has.' });
  }
  if (infoText(info, 'role') !== 'master') {
    throw new FerryError('replica', `${who} is a replica, and only a primary is filled or cleared.`, {
      hint: `Name its primary, or run REPLICAOF NO ONE on ${instance.name} if nobody needs it as a replica.`,
    });
  }
}

async function groundOf(
  instance: Instance,
  connection: WireConnection,
  info: Info,
  clock: Clock,
): Promise<Ground> {
  const able = capabilitiesOf(identityOf(info));
  const maxMemory = able.can('maxmemory-in-info')
    ? (infoNumber(info, 'maxmemory') ?? 0)
    : numberOf(listOf(await connection.ask(['CONFIG', 'GET', 'maxmemory']))[1]);
  return {
    name: instance.name,
    connection,
    able,
    clock,
    usedBytes: infoNumber(info, 'used_memory') ?? 0,
    maxMemoryBytes: Number.isFinite(maxMemory) ? maxMemory : 0,
    machineBytes: infoNumber(info, 'total_system_memory'),
    token: newToken(randomBytes(9).toString('hex')),
  };
}
