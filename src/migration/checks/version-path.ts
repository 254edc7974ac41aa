// Can the target follow the source: snapshot format, commands, versions that Ferry knows?

import { nameOf } from '../capabilities.ts';
import { type Path, pathBetween } from '../version-paths.ts';
import { blocker, checkPair, confirm, join, ok, type Seen, type Verdict, warning } from './check.ts';
import { counted, listed } from './figures.ts';

export const versionPath = checkPair('version-path', 'Versions', (source, target) => {
  const path = pathBetween(source.facts.identity, target.facts.identity);
  switch (path.kind) {
    case 'no':
      return blocker(
        `${target.name} runs ${nameOf(target.facts.identity)}, which ${path.reason}.`,
        path.alternative,
      );
    case 'warned':
      return join([
        confirm(
          `${target.name} runs ${nameOf(target.facts.identity)}, which does not know ${listed(path.commands)} of ${nameOf(source.facts.identity)}. Where clients use these, it differs in silence.`,
          'Start only if no client uses them; the verification compares the data.',
        ),
        ...remarks(source, target, path),
      ]);
    case 'ok': {
      const fine = `${nameOf(target.facts.identity)} can follow ${nameOf(source.facts.identity)}.`;
      return join([ok(fine), ...remarks(source, target, path)]);
    }
  }
});

function remarks(source: Seen, target: Seen, path: Exclude<Path, { kind: 'no' }>): readonly Verdict[] {
  return [
    ...(path.unmeasured === null ? [] : [confirm(path.unmeasured, 'Try this pair on a copy first.')]),
    ...(path.rarities.length === 0 ? [] : [rarities(source, target, path.rarities)]),
    ...(path.losesExpiringFields ? [expiringFields(source)] : []),
  ];
}

function rarities(source: Seen, target: Seen, options: readonly string[]): Verdict {
  return warning(
    `${target.name} does not know ${listed(options)} of ${nameOf(source.facts.identity)}, which few clients use. Where one does, it differs in silence.`,
    'Make sure that no client uses it; the verification compares the data.',
  );
}

function expiringFields(source: Seen): Verdict {
  const found = source.facts.keysWithExpiringFields;
  const rule = `The older snapshot format that ${source.name} uses here cannot carry hash fields that expire`;
  if (found === 0) {
    const hint = 'Keep clients from setting any (HEXPIRE, HSETEX) until the migration is over.';
    return warning(`${rule}; it has none now.`, hint);
  }
  return found === null
    ? confirm(`${rule}, and whether it has any could not be read.`, 'Make sure that it has none.')
    : blocker(
        `${rule}, and it has ${counted(found, 'key')} with such fields.`,
        'Choose Valkey 9.0 or newer.',
      );
}
