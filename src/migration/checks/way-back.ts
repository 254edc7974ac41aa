// After the promotion, can the source follow the target, so that a revert keeps every write?

import { totalKeys } from '../progress.ts';
import { wayBack as wayBackOf } from '../version-paths.ts';
import { checkPair, ok, warning } from './check.ts';
import { counted } from './figures.ts';

export const wayBack = checkPair('way-back', 'Way back', (source, target) => {
  const way = wayBackOf(source.facts.identity, target.facts.identity);
  if (!way.possible) {
    return warning(
      `There is no way back after the cutover: ${way.why}. ${source.name} keeps its ${counted(totalKeys(source.facts.keysByDb), 'key')} as they are then, and a revert loses what was written since.`,
      'Decide before you approve whether that is acceptable.',
    );
  }
  return way.caution === null
    ? ok(`Open after the cutover: ${way.why}.`)
    : warning(`Open after the cutover: ${way.why}. But ${way.caution}.`, 'Keep the time of watching short.');
});
