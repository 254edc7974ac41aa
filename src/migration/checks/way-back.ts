// After the promotion, can the source follow the target, so that a revert keeps every write?

import { totalKeys } from '../progress.ts';
import { wayBack as wayBackOf } from '../version-paths.ts';
import { checkPair, ok, warning } from './check.ts';
import { counted, listed } from './figures.ts';

export const wayBack = checkPair('way-back', 'Way back', (source, target) => {
  const way = wayBackOf(source.facts.identity, target.facts.identity);
  if (!way.possible) {
    return warning(
      `There is no way back after the cutover: ${way.why}. After the promotion there is no Revert; ${source.name} keeps its ${counted(totalKeys(source.facts.keysByDb), 'key')} as they are then, and what is written since is on ${target.name} alone.`,
      'Decide before you approve whether that is acceptable.',
    );
  }
  if (way.caution === null) return ok(`Open after the cutover: ${way.why}.`);
  const hint =
    way.loses.length > 0
      ? `If clients write by ${listed(way.loses)}, a revert loses those writes: decide soon after the promotion, or do without the way back.`
      : 'Keep the time of watching short.';
  return warning(`Open after the cutover: ${way.why}. But ${way.caution}.`, hint);
});
