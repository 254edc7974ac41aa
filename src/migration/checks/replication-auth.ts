// What does each server log in with at the other? Ferry sets it for the transfer and puts it back, but only
// where it knows what to put back: from empty, or from the inventory's value for that server.

import { capabilitiesOf } from '../capabilities.ts';
import type { Instance } from '../instance.ts';
import { routeBetween } from '../route.ts';
import { blocker, checkPair, join, ok, type Seen, unknown, type Verdict, warning } from './check.ts';

export const replicationAuth = checkPair(
  'replication-auth',
  'Login between servers',
  (source, target, { pair }) => {
    const forward = judge(target, pair.source);
    const { demotion } = routeBetween(source.facts.identity, target.facts.identity);
    return demotion === 'follow' ? join([forward, judge(source, pair.target)]) : forward;
  },
);

/** `seen` would log in at `peer`. */
function judge(seen: Seen, peer: Instance): Verdict {
  const { password, user } = seen.facts.replicationAuth;
  const needsPassword = peer.passwordRef !== null;
  const needsUser = needsPassword && peer.username !== null && peer.username !== 'default';
  const able = capabilitiesOf(seen.facts.identity);
  if (needsUser && !able.can('acl')) {
    const found = `${seen.name} cannot log in at ${peer.name} as \`${peer.username}\`: ${able.whyNot('acl')}`;
    const hint = `Let Ferry use the default user of ${peer.name} (no \`username\` in the inventory), whose password ${seen.name} can log in with.`;
    return seen.side === 'target'
      ? blocker(found, hint)
      : warning(`${found} The way back stays closed.`, hint);
  }
  if (needsPassword && !seen.facts.replicationAuth.isSendable) {
    const found = `${seen.name} cannot log in at ${peer.name}: ${able.whyNot('sends-any-password')}`;
    const hint = `Give ${peer.name} a password without spaces and quotes, and its clients with it.`;
    return seen.side === 'target'
      ? blocker(found, hint)
      : warning(`${found} The way back stays closed.`, hint);
  }
  // Without a password a server does not log in at all, whatever its user is.
  const logsIn = needsPassword || password !== 'needed';
  if (password === 'foreign') return stuck(seen, 'masterauth', UNKNOWN_VALUE);
  if (logsIn && user === 'foreign') return stuck(seen, 'masteruser', UNKNOWN_VALUE);
  if (password === 'unknown' || (logsIn && user === 'unknown')) {
    return unknown(
      `What ${seen.name} would log in with at ${peer.name} (masterauth, masteruser) could not be read.`,
      "Give Ferry's user `+config|get`.",
    );
  }
  // A server that asks for no password refuses one.
  if (!needsPassword && password === 'own') return stuck(seen, 'masterauth', unwanted(peer));
  if (logsIn && !needsUser && user === 'own') return stuck(seen, 'masteruser', unwanted(peer));
  return password === 'needed' && (!logsIn || user === 'needed')
    ? ok(`${seen.name} has what it needs to log in at ${peer.name}.`)
    : ok(`Ferry sets the login that ${seen.name} needs at ${peer.name} and puts it back at the end.`);
}

/** Why the source could not log in at the promoted target, as a sentence; null: it could, or Ferry makes it so. */
export function loginBackIsStuck(source: Seen, target: Instance): string | null {
  const verdict = judge(source, target);
  return verdict.severity === 'warning' ? verdict.message : null;
}

const UNKNOWN_VALUE = 'something that the inventory does not know, so Ferry could not put it back.';

function unwanted(peer: Instance): string {
  return `its own, which ${peer.name} does not ask for and refuses.`;
}

function stuck(seen: Seen, name: 'masterauth' | 'masteruser', what: string): Verdict {
  const found = `${seen.name} has \`${name}\` set to ${what}`;
  const hint = `Clear it on ${seen.name} (\`CONFIG SET ${name} ""\`) if nothing needs it.`;
  return seen.side === 'target'
    ? blocker(found, hint)
    : warning(`${found} As it is, the way back stays closed.`, hint);
}
