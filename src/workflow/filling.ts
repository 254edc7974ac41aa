// Fills a server for rehearsals with junk, or clears it: never one of another environment, and never one that takes
// part in a migration (I6). What a lost worker leaves behind is gone on with by the next one.

import { randomBytes } from 'node:crypto';
import { FerryError } from '../migration/errors.ts';
import type { Instance } from '../migration/instance.ts';
import { mayRehearseOn } from '../migration/scratch.ts';
import { type TaskOutcome, type TaskProgress, takenAs } from '../migration/task.ts';
import type {
  Clock,
  Filler,
  Inventory,
  LockHolder,
  Logger,
  Scratch,
  TaskLock,
  TaskLocks,
  TaskRequest,
} from './ports.ts';

export interface FillParts {
  readonly inventory: Inventory;
  readonly filler: Filler;
  readonly taskLocks: TaskLocks;
  /** Run id of the Redis that Ferry keeps its records in (I6). */
  readonly ferrysRunId: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface TaskCourse {
  /** Ends the work between two steps; what it was aborted with is thrown. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TaskProgress) => void;
}

/** A worker that was lost keeps nobody out for longer. */
const LEASE_MS = 20_000;
const RENEW_EVERY_MS = 5_000;

/**
 * Does the work. Rejects with FerryError: `unknown-instance`, `not-for-rehearsals`, `ferrys-own`, `locked`, what
 * `Filler` rejects with, or what the signal was aborted with.
 */
export async function runTask(
  parts: FillParts,
  request: TaskRequest,
  course: TaskCourse,
): Promise<TaskOutcome> {
  const { kind: task, by } = request;
  const instance = instanceOf(parts.inventory, request.instance);
  const refused = mayRehearseOn(instance, parts.inventory.policyOf(instance), task);
  if (refused !== null) throw new FerryError(refused.code, refused.message, { hint: refused.hint });
  const scratch = await parts.filler.open(instance);
  try {
    if (scratch.identity.runId === parts.ferrysRunId) throw ferrysOwn(instance.name);
    const lock: TaskLock = {
      task,
      token: randomBytes(12).toString('hex'),
      instance,
      runId: scratch.identity.runId,
    };
    const log = parts.logger.child({ task, instance: instance.name, by });
    const outcome = await whileLocked({ ...parts, logger: log }, lock, course.signal, (goOn) =>
      work(scratch, request, { ...course, goOn }),
    );
    log.info({ tookMs: outcome.tookMs, usedBytes: outcome.usedBytes }, 'done');
    return outcome;
  } finally {
    await scratch.close();
  }
}

async function work(
  scratch: Scratch,
  { kind, bytes }: TaskRequest,
  watch: { readonly goOn: () => void; readonly onProgress: TaskCourse['onProgress'] },
): Promise<TaskOutcome> {
  await scratch.lock();
  return kind === 'fill' ? scratch.fill(bytes, watch) : scratch.clear(watch);
}

/**
 * Holds the lock while the work goes on. A process that slept past its lease does no further step: `goOn` looks at
 * the clock before each, and throws.
 */
async function whileLocked<T>(
  { taskLocks, clock, logger }: Pick<FillParts, 'taskLocks' | 'clock' | 'logger'>,
  lock: TaskLock,
  signal: AbortSignal,
  use: (goOn: () => void) => Promise<T>,
): Promise<T> {
  const { name } = lock.instance;
  let heldUntilMs = 0;
  const take = async (): Promise<LockHolder | null> => {
    const askedMs = clock.monotonicMs();
    const holder = await taskLocks.take(lock, LEASE_MS);
    if (holder === null) heldUntilMs = askedMs + LEASE_MS;
    return holder;
  };
  const holder = await take();
  if (holder !== null) throw lockedError(lock, holder);
  const goOn = (): void => {
    signal.throwIfAborted();
    if (clock.monotonicMs() < heldUntilMs) return;
    throw new FerryError('lock-lost', `Ferry lost its lock on ${name} and stopped there.`, {
      hint: 'What is done stays done; ask again, and it goes on from there.',
    });
  };
  const over = new AbortController();
  const renewing = renew();
  try {
    return await use(goOn);
  } finally {
    over.abort();
    await renewing;
    // It ends by itself soon, should this not arrive.
    await taskLocks.free(lock).catch(() => undefined);
  }

  async function renew(): Promise<void> {
    while (await slept()) {
      try {
        if ((await take()) !== null) heldUntilMs = 0;
      } catch (error) {
        logger.warn({ err: error }, 'the lock could not be renewed; trying again');
      }
    }
  }

  async function slept(): Promise<boolean> {
    return clock.sleep(RENEW_EVERY_MS, over.signal).then(
      () => true,
      () => false,
    );
  }
}

function lockedError({ task, instance }: TaskLock, holder: LockHolder): FerryError {
  const meant = holder.what === instance.name ? '' : ` (${holder.what})`;
  const undone = task === 'fill' ? 'filled' : 'cleared';
  return new FerryError(
    'locked',
    `\`${instance.name}\`${meant} is ${takenAs(holder)}, so it cannot be ${undone} now.`,
    {
      hint:
        holder.task === null
          ? `Wait until ${holder.id} is over, or abort it; \`/redis why ${holder.id}\` says what it waits for.`
          : 'Wait until that is done. If its worker was lost, it ends within 20 s, and the next one goes on from there.',
    },
  );
}

function ferrysOwn(name: string): FerryError {
  return new FerryError('ferrys-own', `${name} is the Redis that Ferry keeps its records in.`, {
    hint: 'Choose another server.',
  });
}

/** Throws `unknown-instance`: the bot looked into its inventory before. */
export function instanceOf(inventory: Inventory, name: string): Instance {
  const found = inventory.find(name);
  if (found !== null) return found;
  throw new FerryError('unknown-instance', `The worker's inventory has no \`${name}\`.`, {
    hint: 'Bot and worker must read the same configuration.',
  });
}
