// May Ferry's user run every command that a migration uses, also those of the way back?

import { capabilitiesOf } from '../capabilities.ts';
import type { Permission } from '../survey-facts.ts';
import { blocker, checkEach, confirm, join, ok, type Seen, type Verdict, warning } from './check.ts';
import { listed } from './figures.ts';
import { isOnlyUseful, type NeededCommand, neededOn } from './needed-commands.ts';

/** All are named: a permission that is forgotten is found again only when it is needed. */
const NO_LIMIT = 100;

export const permissions = checkEach('permissions', 'Permissions', (seen) => {
  const all = neededOn(seen.facts.identity);
  const needed = all.filter((command) => !isOnlyUseful(command));
  const those = (permission: Permission): readonly NeededCommand[] =>
    needed.filter(({ name }) => (seen.facts.permissions[name] ?? 'unknown') === permission);
  const denied = those('denied');
  const absent = those('absent');
  const unclear = those('unknown');
  const verdicts: Verdict[] = [];
  if (denied.length > 0) verdicts.push(deniedTo(seen, denied));
  if (absent.length > 0) {
    verdicts.push(
      blocker(
        `${seen.name} has no ${spoken(absent)}: renamed or switched off.`,
        'Give the commands their names back (`rename-command`), or move this server by other means.',
      ),
    );
  }
  if (unclear.length > 0) {
    verdicts.push(
      confirm(
        `On ${seen.name}, whether ${userOf(seen)} may run ${spoken(unclear)} could not be found out.`,
        capabilitiesOf(seen.facts.identity).can('acl-dryrun')
          ? `Let Ferry try it out: \`ACL SETUSER ${loginOf(seen)} +acl|whoami +acl|dryrun\`, or make sure of it yourself.`
          : 'Make sure of it yourself.',
      ),
    );
  }
  const missed = all.filter(
    (command) => isOnlyUseful(command) && seen.facts.permissions[command.name] === 'denied',
  );
  if (missed.length > 0) {
    verdicts.push(
      warning(
        `On ${seen.name}, ${userOf(seen)} may not run ${spoken(missed)}, so why it stalls may stay unknown.`,
        `Give it: \`ACL SETUSER ${loginOf(seen)} ${names(missed)
          .map((name) => `+${name}`)
          .join(' ')}\`.`,
      ),
    );
  }
  return verdicts.length > 0
    ? join(verdicts)
    : ok(`On ${seen.name}, ${userOf(seen)} may run everything that is used.`);
});

function deniedTo(seen: Seen, denied: readonly NeededCommand[]): Verdict {
  const keys = denied.some((command) => command.keys);
  const rules = [...(keys ? ['~*'] : []), ...names(denied).map((name) => `+${name}`)].join(' ');
  const uses = [...new Set(denied.map(({ use }) => use))];
  return blocker(
    `On ${seen.name}, ${userOf(seen)} may not run ${spoken(denied)}${keys ? ' on all keys' : ''}; needed for ${listed(uses)}.`,
    `Give it: \`ACL SETUSER ${loginOf(seen)} ${rules}\`.`,
  );
}

function userOf(seen: Seen): string {
  if (!capabilitiesOf(seen.facts.identity).can('acl')) return 'Ferry';
  return seen.facts.user === null ? "Ferry's user" : `user \`${seen.facts.user}\``;
}

function loginOf(seen: Seen): string {
  return seen.facts.user ?? '<user>';
}

function names(commands: readonly NeededCommand[]): readonly string[] {
  return [...new Set(commands.map(({ name }) => name))];
}

/** `client|pause` as people type it: CLIENT PAUSE. */
function spoken(commands: readonly NeededCommand[]): string {
  return listed(
    names(commands).map((name) => name.replace('|', ' ').toUpperCase()),
    NO_LIMIT,
  );
}
