// `npm start -- password <id>`: the password that Ferry's hold left on a server, for the operator's terminal alone.
// Reads the record and the secret; changes nothing, opens no server of a migration, logs nothing (I9).

import { parseEnvironment } from './config/environment.ts';
import { ConfigError } from './config/mistakes.ts';
import { createSecrets, type Variables } from './config/secrets.ts';
import { oldSide } from './migration/cutover.ts';
import { formatAddress, type Instance, SIDES } from './migration/instance.ts';
import type { Migration } from './migration/migration.ts';
import { lostPassword, mayHaveLost, standingPassword } from './migration/standing-hold.ts';
import { connectFerrysRedis } from './redis/ferrys-own.ts';
import { createRecords } from './store/records.ts';
import { createLogger } from './telemetry/logger.ts';

interface Output {
  /** The password alone, for a pipe. */
  readonly print: (line: string) => void;
  /** What it is for. */
  readonly tell: (line: string) => void;
}

/** 0: printed; 1: there is none. Throws ConfigError, and FerryError where Ferry's Redis cannot be read. */
export async function showPassword(id: string, variables: Variables, output: Output): Promise<number> {
  const { environment, mistakes } = parseEnvironment(variables, { needsSlack: false });
  if (environment === null) throw new ConfigError(mistakes);
  if (environment.secret === null) {
    throw new ConfigError([
      {
        where: 'environment',
        name: 'FERRY_SECRET',
        problem: "This variable is not set; Ferry's passwords are made from it.",
        example: 'FERRY_SECRET=… (the same as the workers have)',
      },
    ]);
  }
  const migration = await read(id, environment.redisUrl);
  if (migration === null) {
    output.tell(`There is no migration ${id}. The home tab of Ferry in Slack lists the last ones.`);
    return 1;
  }
  const held = heldServers(migration);
  const lost = held.length === 0 ? perhapsHeld(migration) : [];
  for (const { instance } of lost) output.tell(perhaps(migration, instance));
  if (held.length === 0 && lost.length === 0) {
    output.tell(`Ferry left no password on a server of ${id}: each has the one that it had before.`);
    return 1;
  }
  const secrets = createSecrets(variables);
  for (const { instance, ref } of held) {
    for (const line of explained(migration, instance)) output.tell(line);
    output.print(await secrets.resolve(ref));
  }
  for (const { ref } of lost) output.print(await secrets.resolve(ref));
  return 0;
}

async function read(id: string, redisUrl: string): Promise<Migration | null> {
  const own = await connectFerrysRedis(redisUrl, createLogger({ level: 'silent' }));
  try {
    const records = createRecords(own.store);
    const uid = await records.uidOf(id);
    return uid === null ? null : ((await records.load(uid))?.migration ?? null);
  } finally {
    await own.close();
  }
}

function heldServers({ pairs, state }: Migration): { instance: Instance; ref: string }[] {
  return pairs.flatMap((pair, index) =>
    SIDES.flatMap((side) => {
      const ref = standingPassword(state, index, side);
      return ref === null ? [] : [{ instance: pair[side], ref }];
    }),
  );
}

/** Ferry's Redis may have lost the record of a hold; the worker that goes on finds it, unless there is none. */
function perhapsHeld(migration: Migration): { instance: Instance; ref: string }[] {
  const direction = mayHaveLost(migration.state);
  if (direction === null) return [];
  return migration.pairs.flatMap((pair, index) => {
    const hold = lostPassword(migration, index);
    return hold === null ? [] : [{ instance: pair[oldSide(direction)], ref: hold.now.ref }];
  });
}

function perhaps({ id }: Migration, { name, address }: Instance): string {
  return `The record of ${id} knows of no password of Ferry's on ${name} (${formatAddress(address)}). If nobody is let in there though, Ferry's Redis may have lost it in a crash: then this one is it. A worker that goes on with ${id} takes it off by itself.`;
}

function explained({ id, state }: Migration, { name, address }: Instance): string[] {
  const { host, port } = address;
  const opening = `The password of ${name} (${formatAddress(address)}): redis-cli -h ${host} -p ${port}, then AUTH.`;
  if (state.phase !== 'completed')
    return [opening, `${id} is not over: while Ferry works on it, leave the password as it is.`];
  return [
    opening,
    `CONFIG SET requirepass '' opens it, and so does a restart: it takes writes again then. Better switch it off.`,
  ];
}
