// How many keys will the sync delete on the target? A person confirms exactly this number (I5).

import { totalKeys } from '../progress.ts';
import { checkSide, confirm, ok } from './check.ts';
import { counted } from './figures.ts';

export const targetKeys = checkSide('target-keys', 'Target is empty', 'target', ({ name, facts }) => {
  const keys = totalKeys(facts.keysByDb);
  if (keys === 0) return ok(`${name} is empty.`);
  return confirm(
    `${name} holds ${counted(keys, 'key')}. Syncing deletes ${keys === 1 ? 'it' : 'them'}.`,
    'Start only if nobody needs them; a deleted key does not come back.',
  );
});
