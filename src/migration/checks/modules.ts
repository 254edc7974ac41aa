// Has the target every module of the source? A replica cannot load a type that it does not know.

import { blocker, checkPair, ok, unknown } from './check.ts';
import { listed } from './figures.ts';

export const modules = checkPair('modules', 'Modules', (source, target) => {
  const from = source.facts.modules;
  const to = target.facts.modules;
  if (from !== null && from.length === 0) return ok(`${source.name} has no modules.`);
  if (from === null || to === null) {
    return unknown(
      `The modules of ${from === null ? source.name : target.name} could not be read.`,
      "Give Ferry's user `+module|list` (6.2: `+module`), or make sure of it yourself.",
    );
  }
  const missing = from.filter((module) => !to.includes(module));
  if (missing.length === 0) return ok(`${target.name} has every module of ${source.name}: ${listed(from)}.`);
  return blocker(
    `${source.name} has modules that ${target.name} lacks: ${listed(missing)}. Their data cannot be loaded there.`,
    `Load them on ${target.name} first.`,
  );
});
