// A case of a check: what is spoiled in the sound pair, and what the check says of it.

import type { Severity } from '../../../src/migration/finding.ts';
import type { Changes } from './sound-facts.ts';

export interface Case {
  readonly check: string;
  readonly severity: Severity;
  readonly says: RegExp;
  /** Default: something for a person to do. */
  readonly hint?: RegExp;
  /** Nothing: the sound pair. */
  readonly given?: Changes;
}
