// Records as version 1 wrote them, one a phase: what a Ferry that was updated finds in its Redis.

import { readFileSync } from 'node:fs';

export interface Version1Record {
  readonly phase: string;
  /** As it stood in Redis. */
  readonly text: string;
  readonly migration: { readonly state: object };
}

export function version1Records(): readonly Version1Record[] {
  const lines = readFileSync(new URL('./version-1-records.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  return lines.map((text) => {
    const { migration } = JSON.parse(text);
    return { phase: migration.state.phase, text, migration };
  });
}
