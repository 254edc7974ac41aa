// Records as earlier versions wrote them, one a phase: what a Ferry that was updated finds in its Redis.

import { readFileSync } from 'node:fs';

export interface EarlierRecord {
  readonly phase: string;
  /** As it stood in Redis. */
  readonly text: string;
  readonly migration: { readonly state: object };
}

export function earlierRecords(version: 1 | 2): readonly EarlierRecord[] {
  const lines = readFileSync(new URL(`./version-${version}-records.txt`, import.meta.url), 'utf8')
    .trim()
    .split('\n');
  return lines.map((text) => {
    const { migration } = JSON.parse(text);
    return { phase: migration.state.phase, text, migration };
  });
}
