// May Ferry's user run every command that a migration uses, also those of the way back?

import type { Permission } from '../survey-facts.ts';
import { blocker, checkEach, confirm, join, ok, type Seen, type Verdict } from './check.ts';
import { listed } from './figures.ts';
import { NEEDED_COMMANDS } from './needed-commands.ts';

export const permissions = checkEach('permissions', 'Permissions', (seen) => {
  const of = (permission: Permission): readonly string[] => [
    ...new Set(
      NEEDED_COMMANDS.filter(({ name }) => (seen.facts.permissions[name] ?? 'unknown') === permission).map(
        ({ name }) => name,
      ),
    ),
  ];
  const denied = of('denied');
  const absent = of('absent');
  const unclear = of('unknown');
  const verdicts: Verdict[] = [];
  if (denied.length > 0) verdicts.push(deniedTo(seen, denied));
  if (absent.length > 0) {
    verdicts.push(
      blocker(
        `${seen.name} has no ${listed(absent.map(spoken), 40)}: renamed or switched off.`,
        'Give the commands their names back (`rename-command`), or move this server by other means.',
      ),
    );
  }
  if (unclear.length > 0) {
    verdicts.push(
      confirm(
        `Whether ${userOf(seen)} on ${seen.name} may run ${listed(unclear.map(spoken), 40)} could not be found out.`,
        `Let Ferry try it out: \`ACL SETUSER ${seen.facts.user ?? '<user>'} +acl|whoami +acl|dryrun\` (7.0 and newer), or make sure of it yourself.`,
      ),
    );
  }
  if (verdicts.length > 0) return join(verdicts);
  return ok(`${userOf(seen)} on ${seen.name} may run everything that is used.`);
});

function deniedTo(seen: Seen, denied: readonly string[]): Verdict {
  const keys = NEEDED_COMMANDS.some((command) => command.keys && denied.includes(command.name));
  const rules = [...(keys ? ['~*'] : []), ...denied.map((name) => `+${name}`)].join(' ');
  return blocker(
    `${userOf(seen)} on ${seen.name} may not run ${listed(denied.map(spoken), 40)}${keys ? ', on all keys' : ''}.`,
    `Give it: \`ACL SETUSER ${seen.facts.user ?? '<user>'} ${rules}\`.`,
  );
}

function userOf(seen: Seen): string {
  return seen.facts.user === null ? "Ferry's user" : `User \`${seen.facts.user}\``;
}

/** `client|pause` as people type it: CLIENT PAUSE. */
function spoken(name: string): string {
  return name.replace('|', ' ').toUpperCase();
}
