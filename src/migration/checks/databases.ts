// Has the target as many databases as the source uses? A replica that lacks one stops with an error.

import { blocker, checkPair, ok, unknown, warning } from './check.ts';

export const databases = checkPair('databases', 'Databases', (source, target) => {
  const has = Number(target.facts.settings.databases ?? Number.NaN);
  if (!Number.isInteger(has) || has < 1) {
    return unknown(`The number of databases of ${target.name} could not be read.`);
  }
  const highest = Math.max(0, ...Object.keys(source.facts.keysByDb).map(Number));
  const hint = `Start ${target.name} with \`databases ${source.facts.settings.databases ?? highest + 1}\`; it cannot be changed while it runs.`;
  if (highest >= has) {
    return blocker(
      `${source.name} uses database ${highest}; ${target.name} has ${has}, numbered 0 to ${has - 1}.`,
      hint,
    );
  }
  const offered = Number(source.facts.settings.databases ?? Number.NaN);
  if (!Number.isInteger(offered)) {
    return unknown(`The number of databases of ${source.name} could not be read.`);
  }
  if (offered > has) {
    return warning(
      `${source.name} offers ${offered} databases and uses none above ${highest}; ${target.name} has ${has}. A write to a higher one would break the replication.`,
      hint,
    );
  }
  return ok(`${source.name} uses databases up to ${highest}; ${target.name} has ${has}.`);
});
