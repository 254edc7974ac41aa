// `npm run fill -- <instance> <size>` and `npm run clear -- <instance>`: the work of a worker on the command line,
// with the same rules and the same locks, and a line that shows how far it is.

import { createFillParts } from './compose.ts';
import type { Configuration } from './config/configuration.ts';
import { FerryError } from './migration/errors.ts';
import type { Task, TaskProgress } from './migration/task.ts';
import { parseSizeBytes } from './migration/units.ts';
import { connectFerrysRedis } from './redis/ferrys-own.ts';
import { toPlain } from './slack/blocks/render-words.ts';
import { outcomeWords, progressWords } from './slack/blocks/task-words.ts';
import { meant } from './slack/listeners/commands/typed.ts';
import { createLogger } from './telemetry/logger.ts';
import { runTask } from './workflow/filling.ts';
import type { TaskRequest } from './workflow/ports.ts';

export interface TaskOutput {
  readonly print: (line: string) => void;
  /** Writes over itself: a line that is true for a second. */
  readonly progress: (line: string) => void;
}

/** Gives what the arguments ask for, or the sentence that says what is wrong with them. */
export function parseTask(task: Task, args: readonly string[]): TaskRequest | { readonly problem: string } {
  const [instance, size, ...rest] = args;
  const form = task === 'fill' ? 'npm run fill -- staging-a 2gb' : 'npm run clear -- staging-a';
  if (instance === undefined || rest.length > 0 || (task === 'clear') !== (size === undefined)) {
    return { problem: `Use it like this: ${form}` };
  }
  const bytes = task === 'clear' ? 0 : parseSizeBytes(size ?? '');
  if (bytes === null || (task === 'fill' && bytes === 0)) {
    return { problem: `${size} is no size. Sizes look like 512mb or 2gb: ${form}` };
  }
  return { kind: task, instance, bytes, by: 'the command line' };
}

/** 0: done; rejects with FerryError otherwise, also when the signal ends it: what is done stays done. */
export async function runTaskCommand(
  configuration: Configuration,
  request: TaskRequest,
  signal: AbortSignal,
  output: TaskOutput,
): Promise<number> {
  const { inventory, environment } = configuration;
  assertKnown(inventory.names(), request.instance);
  const logger = createLogger({ level: 'silent' });
  // Without Ferry's Redis nobody knows whether the server takes part in a migration (I6).
  const own = await connectFerrysRedis(environment.redisUrl, logger);
  try {
    const parts = createFillParts({ configuration, logger }, own);
    const onProgress = (progress: TaskProgress) => {
      output.progress(`${request.kind} ${request.instance}: ${toPlain(progressWords(progress))}`);
    };
    const outcome = await runTask(parts, request, { signal, onProgress });
    output.print(toPlain(outcomeWords(request.instance, outcome)));
    return 0;
  } finally {
    await own.close();
  }
}

function assertKnown(names: readonly string[], name: string): void {
  if (names.includes(name)) return;
  const close = meant(name, names);
  const offer = close.length === 0 ? '' : ` Did you mean ${close.join(' or ')}?`;
  throw new FerryError('unknown-instance', `The inventory has no ${name}.${offer}`, {
    hint: `It has ${names.join(', ')}.`,
  });
}
