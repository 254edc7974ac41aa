// Will the target drop keys that the source keeps, or refuse writes that the source takes? Does the source
// drop keys right now? A replica drops nothing by itself: this bites at the promotion.

import { checkPair, confirm, join, ok, unknown, type Verdict, warning } from './check.ts';
import { counted } from './figures.ts';

export const eviction = checkPair('eviction', 'Eviction', (source, target) => {
  const from = source.facts.settings['maxmemory-policy'];
  const to = target.facts.settings['maxmemory-policy'];
  const verdicts: Verdict[] = [];
  if (from === null || to === null || target.facts.maxMemoryBytes === null) {
    verdicts.push(
      unknown(`What ${source.name} and ${target.name} do when memory is full could not be read.`),
    );
  } else if (from === to || target.facts.maxMemoryBytes === 0) {
    verdicts.push(ok(`When memory is full, ${target.name} does as ${source.name} or has no limit (${to}).`));
  } else if (to !== 'noeviction') {
    verdicts.push(
      confirm(
        `When memory is full, ${target.name} drops keys (${to}) where ${source.name} does otherwise (${from}).`,
        `Set \`maxmemory-policy ${from}\` on ${target.name}, or start if that is meant.`,
      ),
    );
  } else {
    verdicts.push(
      warning(
        `When memory is full, ${target.name} refuses writes (noeviction) where ${source.name} drops keys (${from}).`,
        `Set \`maxmemory-policy ${from}\` on ${target.name} if clients rely on it.`,
      ),
    );
  }
  return join([...verdicts, nowOn(source.name, source.facts.evictedDuringSurvey)]);
});

function nowOn(name: string, evicted: number | null): Verdict {
  if (evicted === null) return unknown(`Whether ${name} drops keys right now could not be read.`);
  if (evicted === 0) return ok(`${name} drops no keys right now.`);
  return warning(
    `${name} is full and dropped ${counted(evicted, 'key')} during this survey. Replication follows, but key counts will not stand still.`,
    'Give it more memory first if the counts matter.',
  );
}
