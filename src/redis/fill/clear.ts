// Removes what fills wrote, in small steps with rests: by walking the keys, or by the numbers where a server
// cannot be walked. A key whose name does not begin with the prefix is never named in a command.

import { FILL_PREFIX } from '../../migration/scratch.ts';
import type { ClearOutcome, ClearProgress } from '../../migration/task.ts';
import type { TaskWatch } from '../../workflow/ports.ts';
import { infoNumber } from '../info.ts';
import { serverError } from '../server-error.ts';
import { type Command, nameOf } from '../wire/command.ts';
import { ErrorReply, listOf, numberOf, type Reply, textOf } from '../wire/reply.ts';
import { nextNumber } from './counter.ts';
import { COUNTER_KEY, fillKey } from './junk.ts';
import { assertOurs, renewal } from './lease.ts';
import { type Ground, readInfo } from './scratch.ts';

/** Keys looked at by one SCAN. */
const SCAN_COUNT = 500;
/** Keys of one UNLINK, which frees them in the background, and of one DEL, which does not. */
const UNLINK_KEYS = 200;
const DEL_KEYS = 50;
const LEAST_REST_MS = 1;
const TELL_EVERY_MS = 1_000;

/** As `Scratch.clear` says. */
export async function clear(ground: Ground, watch: TaskWatch<ClearProgress>): Promise<ClearOutcome> {
  const { clock, connection, able } = ground;
  const startedMs = clock.monotonicMs();
  const numbered = await nextNumber(connection);
  let toldMs = startedMs;
  let removed = 0;
  const remove = async (
    names: readonly (string | Buffer)[],
    more: readonly Command[] = [],
  ): Promise<void> => {
    removed += await removeGently(ground, names, more, watch.goOn);
    if (clock.monotonicMs() - toldMs < TELL_EVERY_MS) return;
    toldMs = clock.monotonicMs();
    watch.onProgress({ task: 'clear', removed, numbered });
  };
  if (able.can('scan')) await clearByWalking(ground, remove);
  else await clearByNumber(numbered, remove);
  await connection.ask(['DEL', COUNTER_KEY]);
  return {
    task: 'clear',
    removed,
    tookMs: clock.monotonicMs() - startedMs,
    usedBytes: infoNumber(await readInfo(connection), 'used_memory') ?? 0,
  };
}

type Remove = (names: readonly (string | Buffer)[], more?: readonly Command[]) => Promise<void>;

/** The counter goes last: until then a fill would go on behind the keys that are still there. */
async function clearByWalking({ connection }: Ground, remove: Remove): Promise<void> {
  let cursor = '0';
  do {
    const page = listOf(
      await connection.ask(['SCAN', cursor, 'MATCH', `${FILL_PREFIX}*`, 'COUNT', SCAN_COUNT]),
    );
    const names = listOf(page[1]).filter((name) => Buffer.isBuffer(name));
    await remove(names.filter((name) => name.toString('latin1') !== COUNTER_KEY));
    cursor = textOf(page[0]);
  } while (cursor !== '0');
}

/** From the last number down, the counter with it: what is left is always all of the numbers below it. */
async function clearByNumber(numbered: number, remove: Remove): Promise<void> {
  for (let to = numbered; to > 0; to -= DEL_KEYS) {
    const from = Math.max(0, to - DEL_KEYS);
    const names = Array.from({ length: to - from }, (_, i) => fillKey(from + i));
    await remove(names, [['SET', COUNTER_KEY, from]]);
  }
}

/** Gives how many there were. Rests as long as each step took, so that half of the time belongs to others. */
async function removeGently(
  ground: Ground,
  names: readonly (string | Buffer)[],
  more: readonly Command[],
  goOn: () => void,
): Promise<number> {
  const { connection, able, clock } = ground;
  const [name, atOnce] = able.can('unlink')
    ? (['UNLINK', UNLINK_KEYS] as const)
    : (['DEL', DEL_KEYS] as const);
  const lease = renewal(ground);
  let removed = 0;
  for (let from = 0; from < names.length || from === 0; from += atOnce) {
    goOn();
    const some = names.slice(from, from + atOnce);
    const deletion: readonly Command[] = some.length === 0 ? [] : [[name, ...some]];
    const commands: readonly Command[] = [...lease, ...deletion, ...more];
    const beganMs = clock.monotonicMs();
    let holder: Reply = null;
    await connection.send(commands, (reply, index) => {
      const command = commands[index] ?? ['DEL'];
      if (reply instanceof ErrorReply)
        throw serverError(connection.who, nameOf(command), new Error(reply.text));
      if (index === lease.length - 1) holder = reply;
      else if (command[0] === name) removed += numberOf(reply);
    });
    assertOurs(ground, holder);
    await clock.sleep(Math.max(LEAST_REST_MS, clock.monotonicMs() - beganMs));
  }
  return removed;
}
