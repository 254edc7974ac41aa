// Does another Ferry or another migration work on one of the servers? It would say so with keys there (I6).

import { blocker, checkEach, ok, unknown } from './check.ts';
import { duration } from './figures.ts';

export const lock = checkEach('lock', 'No other Ferry', ({ name, facts }) => {
  const found = facts.lock;
  switch (found.kind) {
    case 'free':
      return ok(`No other migration works on ${name}.`);
    case 'held': {
      const left = found.leftMs === null ? '' : `, for ${duration(found.leftMs)} more unless renewed`;
      return blocker(
        `${name} is held by another migration (\`${found.key}\` says ${found.by}${left}).`,
        `Wait until that one is over, or abort it. If it is long gone, delete the key: \`DEL ${found.key}\` on ${name}.`,
      );
    }
    case 'unknown':
      return unknown(`Whether another migration works on ${name} could not be read: ${found.why}`);
  }
});
