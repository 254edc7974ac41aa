// What does each server log in with at the other? Ferry sets it for the transfer and puts it back, but only
// where it knows what to put back: from empty, or from a value of the inventory.

import type { AuthValue } from '../survey-facts.ts';
import { blocker, checkEach, ok, type Seen, unknown, type Verdict, warning } from './check.ts';

export const replicationAuth = checkEach('replication-auth', 'Login between servers', (seen) => {
  const { password, user } = seen.facts.replicationAuth;
  const values: readonly AuthValue[] = [password, user];
  if (values.includes('foreign')) {
    return foreign(seen, [
      ...(password === 'foreign' ? ['masterauth'] : []),
      ...(user === 'foreign' ? ['masteruser'] : []),
    ]);
  }
  if (values.includes('unknown')) {
    return unknown(
      `What ${seen.name} would log in with at ${seen.otherName} (masterauth, masteruser) could not be read.`,
      "Give Ferry's user `+config|get`.",
    );
  }
  if (values.every((value) => value === 'needed')) {
    return ok(`${seen.name} has what it needs to log in at ${seen.otherName}.`);
  }
  return ok(`Ferry sets the login that ${seen.name} needs at ${seen.otherName} and puts it back at the end.`);
});

function foreign(seen: Seen, names: readonly string[]): Verdict {
  const set = names.map((name) => `\`${name}\``).join(' and ');
  const found = `${seen.name} has ${set} set to something that the inventory does not know, so Ferry could not put it back.`;
  const hint = `Clear it on ${seen.name} (\`CONFIG SET ${names[0]} ""\`) if nothing needs it.`;
  return seen.side === 'target'
    ? blocker(found, hint)
    : warning(`${found} Without it the way back stays closed.`, hint);
}
