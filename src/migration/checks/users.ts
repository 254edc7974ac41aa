// Will clients be let in by the target as they are by the source? Users and passwords do not replicate.

import { capabilitiesOf, nameOf } from '../capabilities.ts';
import type { ComparedUser, LoginFacts } from '../survey-facts.ts';
import { checkPair, confirm, join, ok, type Seen, unknown, type Verdict, warning } from './check.ts';
import { listed } from './figures.ts';

export const users = checkPair('users', 'Same users', (source, target, { facts }) => {
  const { logins } = facts;
  const verdicts = [
    ...unread(source, target, logins),
    ...lockedOut(source, target, logins.users),
    ...lesser(source, target, logins.users),
  ];
  if (verdicts.length > 0) return join(verdicts);
  return ok(`Whoever may log in to ${source.name} may do so on ${target.name}, with the same password.`);
});

const BEFORE_START =
  'Users and passwords do not replicate: make them alike first (`ACL SETUSER`, `CONFIG SET requirepass`), or start if clients get new ones with the new address.';

function unread(source: Seen, target: Seen, { unread: sides }: LoginFacts): readonly Verdict[] {
  return sides.map((side) => {
    const { name, facts } = side === 'source' ? source : target;
    return unknown(
      `The users of ${name} could not be read, so whether clients can log in to ${target.name} is not known.`,
      !capabilitiesOf(facts.identity).can('acl')
        ? 'Make sure of it yourself.'
        : `Give Ferry's user \`ACL SETUSER ${facts.user ?? '<user>'} +acl|list\` on ${name} (passwords come as hashes, are compared and forgotten), or make sure of it yourself.`,
    );
  });
}

/** Each is somebody who gets in today and would not after the cutover. */
function lockedOut(source: Seen, target: Seen, all: readonly ComparedUser[]): readonly Verdict[] {
  const comeIn = all.filter(({ source: state }) => state === 'open' || state === 'password');
  const named = (those: readonly ComparedUser[]): string => listed(those.map(({ name }) => `\`${name}\``));
  const sentence = (
    are: (user: ComparedUser) => boolean,
    say: (users: string) => string,
  ): readonly Verdict[] => {
    const those = comeIn.filter(are);
    return those.length === 0 ? [] : [confirm(say(named(those)), BEFORE_START)];
  };
  const isDefault = ({ name }: ComparedUser): boolean => name === 'default';
  return [
    ...sentence(
      ({ target: state }) => state === 'absent',
      (who) => `${target.name} lacks ${who}: clients of ${source.name} that log in so are refused there.`,
    ),
    ...sentence(
      ({ target: state }) => state === 'closed',
      (who) => `On ${target.name} nobody can log in as ${who} (off, or without a password).`,
    ),
    ...sentence(
      (user) => user.source === 'password' && user.target === 'password' && !user.takesAllPasswords,
      (who) =>
        `${target.name} does not take every password of ${who} on ${source.name}: clients get WRONGPASS.`,
    ),
    ...sentence(
      (user) => user.source === 'open' && user.target === 'password',
      (who) =>
        `${target.name} wants a password of ${who}, ${source.name} none: clients get NOAUTH or WRONGPASS.`,
    ),
    ...sentence(
      (user) => isDefault(user) && user.source === 'password' && user.target === 'open',
      () =>
        `${source.name} wants a password, ${target.name} none: clients that send one get an error, and everybody else is let in.`,
    ),
  ];
}

/** Nobody is locked out by these, and somebody may be let in or refused a command. */
function lesser(source: Seen, target: Seen, all: readonly ComparedUser[]): readonly Verdict[] {
  const named = (those: readonly ComparedUser[]): string => listed(those.map(({ name }) => `\`${name}\``));
  const canLogIn = ({ target: state }: ComparedUser): boolean => state === 'open' || state === 'password';
  const added = all.filter((user) => canLogIn(user) && user.source !== 'open' && user.source !== 'password');
  const opened = all.filter(
    ({ name, source: from, target: to }) => name !== 'default' && from === 'password' && to === 'open',
  );
  const ruled = all.filter(({ differs }) => differs.length > 0);
  const untold = all.filter(({ commandsCompared }) => !commandsCompared);
  const rules = ruled.map(({ name, differs }) => `\`${name}\` (${listed(differs)})`);
  return [
    ...(added.length === 0
      ? []
      : [
          warning(
            `On ${target.name} ${named(added)} can log in, and not on ${source.name}.`,
            `Delete on ${target.name} who should not see the data of ${source.name}.`,
          ),
        ]),
    ...(opened.length === 0
      ? []
      : [warning(`${target.name} lets everybody in as ${named(opened)}.`, 'Set their passwords there.')]),
    ...(ruled.length === 0
      ? []
      : [
          warning(
            `${target.name} has other rules for ${listed(rules)}: clients may get NOPERM there.`,
            'Compare them with `ACL LIST`.',
          ),
        ]),
    ...(untold.length === 0
      ? []
      : [
          warning(
            `${nameOf(source.facts.identity)} and ${nameOf(target.facts.identity)} put the command rules of ${named(untold)} in different words, so these were not compared.`,
            'Compare them with `ACL LIST`: clients may get NOPERM.',
          ),
        ]),
  ];
}
