// What is left of the source after a restart? Without persistence it comes back empty, and its target follows
// it into that.

import { checkSide } from './check.ts';
import { judgePersistence } from './persisted.ts';

export const sourcePersistence = checkSide('source-persistence', 'Source persistence', 'source', (seen) =>
  judgePersistence(
    seen,
    `If it restarts before the cutover, it comes back empty and ${seen.otherName} is emptied with it`,
    `Switch on snapshots or AOF on ${seen.name}, or keep it from being restarted automatically.`,
  ),
);
