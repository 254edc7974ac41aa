// What is left of the target after a restart, once it holds the data?

import { checkSide } from './check.ts';
import { judgePersistence } from './persisted.ts';

export const targetPersistence = checkSide('target-persistence', 'Target persistence', 'target', (seen) =>
  judgePersistence(
    seen,
    'After the cutover it holds the data, and a restart would lose all of it',
    `Switch on snapshots or AOF on ${seen.name} if this is more than a cache.`,
  ),
);
