// The configuration may change underneath a migration. A changed policy revokes what was approved (I4);
// a changed address or a vanished instance stops it.

import type { Event } from '../migration/events.ts';
import { formatAddress, type Instance } from '../migration/instance.ts';
import type { Migration } from '../migration/migration.ts';
import { usualAnswers } from '../migration/phases/needs-human.ts';
import { canonicalJson } from './digest.ts';
import type { Inventory } from './ports.ts';

/** The event that today's inventory demands of this migration; null: nothing moved that matters now. */
export function configurationDrift(migration: Migration, inventory: Inventory): Event | null {
  const { state } = migration;
  const decides = ['surveying', 'planned', 'syncing', 'following'].includes(state.phase);
  if (!decides) return null;
  for (const { source, target } of migration.pairs) {
    for (const recorded of [source, target]) {
      const today = inventory.find(recorded.name);
      const moved = whatMoved(recorded, today);
      if (moved !== null) {
        return {
          kind: 'stuck',
          question: `The inventory changed under ${migration.id}. Is it still the right migration?`,
          facts: [moved, 'Ferry goes on with what the record says, or not at all.'],
          answers: usualAnswers(state),
        };
      }
    }
  }
  const first = migration.pairs[0];
  const today = first === undefined ? null : inventory.find(first.source.name);
  if (today === null) return null;
  const policy = inventory.policyOf(today);
  return canonicalJson(policy) === canonicalJson(migration.policy)
    ? null
    : { kind: 'policy-changed', policy };
}

function whatMoved(recorded: Instance, today: Instance | null): string | null {
  if (today === null) return `${recorded.name} is not in the inventory any more.`;
  if (canonicalJson(today.address) !== canonicalJson(recorded.address)) {
    return `${recorded.name} was ${formatAddress(recorded.address)} and is ${formatAddress(today.address)} now.`;
  }
  if (canonicalJson(today.replicationAddress) !== canonicalJson(recorded.replicationAddress)) {
    return `The replication address of ${recorded.name} is ${formatAddress(today.replicationAddress)} now.`;
  }
  return null;
}
