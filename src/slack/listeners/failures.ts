// What went wrong inside a listener: a sentence for the person, a line for the log, nothing secret in either.

import { FerryError, sentence } from '../../migration/errors.ts';
import { prose, say, type Words } from '../blocks/words.ts';
import { redact } from '../logger.ts';

/** The sentence for a failure inside Ferry: what a FerryError says, or that it is not the person's fault. */
export function failed(error: unknown): Words {
  if (error instanceof FerryError) return prose(sentence(error));
  return say`Ferry could not do that: its own Redis or a worker does not answer. Nothing was changed; try again in a minute.`;
}

/** For the log: an error's message without secrets. */
export function told(error: unknown): string {
  return error instanceof Error ? redact(`${error.name}: ${error.message}`) : 'unknown';
}
