// Does another Ferry work on one of the servers? It would say so with `ferry:lock` (I6).

import { blocker, checkEach, ok, unknown } from './check.ts';
import { duration } from './figures.ts';

export const lock = checkEach('lock', 'No other Ferry', (seen) => {
  const found = seen.facts.lock;
  switch (found.kind) {
    case 'free':
      return ok(`No other Ferry works on ${seen.name}.`);
    case 'held': {
      const left = found.leftMs === null ? '' : `, for ${duration(found.leftMs)} more unless renewed`;
      return blocker(
        `${seen.name} is held by a migration (\`ferry:lock\` says ${found.by}${left}).`,
        'Wait until that one is over or abort it; a lock that nobody renews goes away by itself.',
      );
    }
    case 'unknown':
      return unknown(`Whether another Ferry works on ${seen.name} could not be read: ${found.why}`);
  }
});
