// What a migration and its two sides are called in a sentence.

import type { Identity } from '../../migration/instance.ts';
import type { Migration } from '../../migration/migration.ts';
import type { PairPlan } from '../../migration/plan.ts';

export function sourceName(migration: Migration): string {
  return namesOf(migration.pairs.map((pair) => pair.source.name));
}

export function targetName(migration: Migration): string {
  return namesOf(migration.pairs.map((pair) => pair.target.name));
}

function namesOf(names: readonly string[]): string {
  const [first = 'nothing', ...rest] = names;
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}

/** `m42 · carts-old → carts-new`; of a rehearsal `m42 · rehearsal · carts-old → carts-scratch`. */
export function title(migration: Migration): string {
  const what = migration.rehearsal === null ? '' : 'rehearsal · ';
  return `${migration.id} · ${what}${sourceName(migration)} → ${targetName(migration)}`;
}

/** `Redis 6.0.16 → 8.0.2`, `Redis 7.2.4 → Valkey 8.1.1`. */
export function versions(pair: PairPlan): string {
  const { source, target } = pair;
  const same = source.product === target.product;
  return `${software(source)} → ${same ? target.version : software(target)}`;
}

export function software(identity: Pick<Identity, 'product' | 'version'>): string {
  return `${identity.product === 'valkey' ? 'Valkey' : 'Redis'} ${identity.version}`;
}
