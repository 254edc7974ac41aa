// What went wrong inside a listener: a sentence for the person, a line for the log, nothing secret in either.

import { FerryError, sentence } from '../../migration/errors.ts';
import { code, prose, say, type Words } from '../blocks/words.ts';
import { failureOf } from '../connection.ts';
import { redact } from '../logger.ts';

/** The sentence for a failure: what a FerryError says, that Slack did not take it, or that Ferry could not. */
export function failed(error: unknown): Words {
  if (error instanceof FerryError) return prose(sentence(error));
  const failure = failureOf(error);
  switch (failure.kind) {
    case 'refused':
      return say`Slack did not take it (${code(failure.error)}). Try again; if it stays so, ask a workspace admin.`;
    case 'limited':
    case 'away':
      return say`Slack did not take it right now. Try again in a minute.`;
    case 'ours':
      break;
  }
  return say`Ferry could not do that: its own Redis or a worker does not answer. Nothing was changed; try again in a minute.`;
}

/** For the log: an error's message without secrets. */
export function told(error: unknown): string {
  return error instanceof Error ? redact(`${error.name}: ${error.message}`) : 'unknown';
}
