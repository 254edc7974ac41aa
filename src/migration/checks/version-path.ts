// Can the target follow the source: snapshot format, commands, versions that Ferry knows?

import { refuseVersion } from '../capabilities.ts';
import { nameOf, pathBetween } from '../version-paths.ts';
import { blocker, checkPair, confirm, join, ok, type Seen, type Verdict, warning } from './check.ts';
import { counted, listed } from './figures.ts';

export const versionPath = checkPair('version-path', 'Versions', (source, target) => {
  const refused = [source, target].flatMap((seen) => refuseVersion(seen.name, seen.facts.identity) ?? []);
  if (refused.length > 0) return join(refused.map(({ message, hint }) => blocker(message, hint)));
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
        ...remarks(source, path.unmeasured, path.losesExpiringFields),
      ]);
    case 'ok': {
      const fine = `${nameOf(target.facts.identity)} can follow ${nameOf(source.facts.identity)}.`;
      return join([ok(fine), ...remarks(source, path.unmeasured, path.losesExpiringFields)]);
    }
  }
});

function remarks(source: Seen, unmeasured: string | null, losesExpiringFields: boolean): Verdict[] {
  const verdicts = unmeasured === null ? [] : [confirm(unmeasured, 'Try this pair on a copy first.')];
  if (!losesExpiringFields) return verdicts;
  const found = source.facts.keysWithExpiringFields;
  const rule = `The older snapshot format that ${source.name} uses here cannot carry hash fields that expire`;
  if (found === 0) {
    const hint = 'Keep clients from setting any (HEXPIRE, HSETEX) until the migration is over.';
    return [...verdicts, warning(`${rule}; it has none now.`, hint)];
  }
  const verdict =
    found === null
      ? confirm(`${rule}, and whether it has any could not be read.`, 'Make sure that it has none.')
      : blocker(
          `${rule}, and it has ${counted(found, 'key')} with such fields.`,
          'Choose Valkey 9.0 or newer.',
        );
  return [...verdicts, verdict];
}
