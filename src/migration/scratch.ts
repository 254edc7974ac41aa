// What is allowed on servers for rehearsals only: a server whose environment does not say `rehearsal: true` is
// never filled, cleared or rehearsed onto.

import { type Refusal, refusal } from './errors.ts';
import type { Instance } from './instance.ts';
import type { Policy } from './policy.ts';
import type { Task } from './task.ts';

/** Everything that a fill writes begins with this, and nothing else of Ferry's does. */
export const FILL_PREFIX = 'ferry:fill:';

const DEEDS: Readonly<Record<Task | 'rehearse', string>> = {
  fill: 'filled with junk',
  clear: 'cleared',
  rehearse: 'the scratch target of a rehearsal',
};

/** null: allowed; otherwise the sentence that says why not. */
export function mayRehearseOn(
  { name, environment }: Instance,
  policy: Policy,
  deed: Task | 'rehearse',
): Refusal | null {
  if (policy.rehearsal) return null;
  return refusal(
    'not-for-rehearsals',
    `\`${name}\` is in the environment ${environment}, whose servers are never ${DEEDS[deed]}.`,
    'Put the instance into an environment of its own that says `rehearsal: true` in ferry.yaml, and never a production one.',
  );
}
