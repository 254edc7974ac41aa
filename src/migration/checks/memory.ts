// Does the source's data fit into the target?

import { blocker, checkPair, confirm, ok, unknown } from './check.ts';
import { bytes } from './figures.ts';

/** Above this share of the limit, growth or another memory layout may not fit. */
const TIGHT_SHARE = 0.9;

export const memory = checkPair('memory', 'Memory', (source, target) => {
  const used = source.facts.usedMemoryBytes;
  const { maxMemoryBytes, systemMemoryBytes } = target.facts;
  if (maxMemoryBytes === null) return unknown(`The memory limit of ${target.name} could not be read.`);
  const limited = maxMemoryBytes > 0;
  const limit = limited ? maxMemoryBytes : systemMemoryBytes;
  if (limit === null) return unknown(`How much memory the machine of ${target.name} has could not be read.`);
  const what = limited ? 'a limit (maxmemory) of' : 'no limit, on a machine with';
  const found = `${source.name} uses ${bytes(used)}; ${target.name} has ${what} ${bytes(limit)}.`;
  const hint = limited ? `Raise \`maxmemory\` on ${target.name}.` : 'Choose a machine with more memory.';
  if (used > limit) return blocker(`${found} The data does not fit.`, hint);
  if (used > limit * TIGHT_SHARE) return confirm(`${found} It fits, with less than 10% to spare.`, hint);
  return ok(found);
});
