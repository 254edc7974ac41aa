// Functions travel with the snapshot and replace those of the target.

import { capabilitiesOf } from '../capabilities.ts';
import { blocker, checkPair, confirm, ok, unknown } from './check.ts';
import { listed } from './figures.ts';

export const functions = checkPair('functions', 'Functions', (source, target) => {
  const from = source.facts.functionLibraries;
  const to = target.facts.functionLibraries;
  if (from === null || to === null) {
    return unknown(
      `The function libraries of ${from === null ? source.name : target.name} could not be read.`,
      "Give Ferry's user `+function|list`, or make sure of it yourself.",
    );
  }
  const able = capabilitiesOf(target.facts.identity);
  if (from.length > 0 && !able.can('functions')) {
    return blocker(
      `${source.name} has function libraries, ${listed(from)}, which ${target.name} cannot take: ${able.whyNot('functions')}`,
      'Choose a target of 7.0 or newer, or delete them first (`FUNCTION DELETE`).',
    );
  }
  const lost = to.filter((library) => !from.includes(library));
  if (lost.length > 0) {
    return confirm(
      `${target.name} has function libraries that ${source.name} lacks: ${listed(lost)}. Syncing deletes them.`,
      `Load them on ${source.name} first if they are needed.`,
    );
  }
  if (from.length === 0) return ok(`${source.name} has no functions.`);
  return ok(`The function libraries of ${source.name} move along: ${listed(from)}.`);
});
