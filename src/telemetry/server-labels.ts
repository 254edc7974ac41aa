// How a server of a migration is named in metrics: ids and names of the inventory, never an address.

import type { Side } from '../migration/instance.ts';
import type { Migration } from '../migration/migration.ts';

export type ServerLabels = {
  readonly migration: string;
  readonly instance: string;
  readonly side: Side;
};

export function labelsOf({ id, pairs }: Migration, pair: number, side: Side): ServerLabels {
  return { migration: id, instance: pairs[pair]?.[side].name ?? String(pair), side };
}
