// The configuration may change underneath a migration. A changed policy or hook revokes what was approved (I4);
// an instance that changed or vanished stops it.

import { FerryError } from '../migration/errors.ts';
import type { Event } from '../migration/events.ts';
import { formatAddress, type Instance } from '../migration/instance.ts';
import type { Migration } from '../migration/migration.ts';
import { usualAnswers } from '../migration/phases/needs-human.ts';
import { type Care, type Policy, withCare } from '../migration/policy.ts';
import { canonicalJson } from './digest.ts';
import type { Inventory } from './ports.ts';

/** The event that today's inventory demands of this migration; null: nothing moved that matters now. */
export function configurationDrift(migration: Migration, inventory: Inventory): Event | null {
  const { state } = migration;
  const decides = ['surveying', 'planned', 'syncing', 'following'].includes(state.phase);
  if (!decides) return null;
  const recorded = migration.pairs.flatMap(({ source, target }) => [source, target]);
  const moved = recorded.flatMap((instance) => whatMoved(instance, inventory.find(instance.name)));
  if (moved.length > 0) return stopped(migration, moved);
  const source = recorded[0];
  if (source === undefined) return null;
  const today = policyToday(inventory, source);
  if (today === null) {
    return stopped(migration, [
      `The environment ${source.environment} of ${source.name} is not in the inventory any more.`,
    ]);
  }
  const { hooks } = inventory;
  const policy = withCare(today, careIn(migration.policy));
  const unchanged = same(policy, migration.policy) && same(hooks, migration.hooks);
  return unchanged ? null : { kind: 'policy-changed', policy, hooks };
}

/** More care than the environment demands was chosen for this migration, and stays with it. */
function careIn({ verification, start }: Policy): Care {
  return { verification, start: start === 'button' ? start : null };
}

function stopped(migration: Migration, facts: readonly string[]): Event {
  return {
    kind: 'stuck',
    question: `The inventory changed under ${migration.id}. Is it still the right migration?`,
    facts: [...facts, 'Ferry stops until the inventory says again what the record says; Abort ends it.'],
    answers: usualAnswers(migration.state),
  };
}

/** null: the environment of this instance is not listed any more. */
function policyToday(inventory: Inventory, instance: Instance): Policy | null {
  try {
    return inventory.policyOf(instance);
  } catch (error) {
    if (error instanceof FerryError && error.code === 'environment-unknown') return null;
    throw error;
  }
}

/** A sentence for each thing that is not as recorded. References are named by what they are for (I9). */
function whatMoved(recorded: Instance, today: Instance | null): readonly string[] {
  const { name } = recorded;
  if (today === null) return [`${name} is not in the inventory any more.`];
  const sentences: Readonly<Record<Exclude<keyof Instance, 'name' | 'holdRef'>, string>> = {
    address: `${name} was ${formatAddress(recorded.address)} and is ${formatAddress(today.address)} now.`,
    replicationAddress: `The replication address of ${name} is ${formatAddress(today.replicationAddress)} now.`,
    username: `Ferry would log in to ${name} as ${userOf(today)} now, not as ${userOf(recorded)}.`,
    passwordRef: `The password of ${name} is kept elsewhere now.`,
    tls: `The TLS settings of ${name} are different now.`,
    environment: `${name} was in the environment ${recorded.environment} and is in ${today.environment} now.`,
  };
  const fields = Object.keys(sentences).filter(
    (field): field is keyof typeof sentences => field in sentences,
  );
  return fields.filter((field) => !same(recorded[field], today[field])).map((field) => sentences[field]);
}

function userOf({ username }: Instance): string {
  return username ?? 'the default user';
}

function same(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}
