// Has the target every module of the source? A replica cannot load a type that it does not know.

import { blocker, checkPair, confirm, join, ok, unknown } from './check.ts';
import { duration, listed } from './figures.ts';

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
  const { usedModules, uptimeSeconds } = source.facts;
  const used = missing.filter((module) => usedModules === null || usedModules.includes(module));
  const idle = missing.filter((module) => !used.includes(module));
  return join([
    ...(used.length === 0
      ? []
      : [
          blocker(
            `${source.name} has modules that ${target.name} lacks: ${listed(used)}. Their data cannot be loaded there.`,
            `Load them on ${target.name} first.`,
          ),
        ]),
    ...(idle.length === 0
      ? []
      : [
          confirm(
            `${source.name} has modules that ${target.name} lacks: ${listed(idle)}. No command of theirs was run in the ${duration(uptimeSeconds * 1_000)} since ${source.name} started; if an older key of theirs is left, the sync cannot be loaded.`,
            `Make sure that no key is of theirs, or load them on ${target.name} first.`,
          ),
        ]),
  ]);
});
