// How far the targets of all pairs are behind, as last proven.

import type { Lag } from '../../migration/migration.ts';
import type { PairObservation } from '../../migration/progress.ts';

/** The worst of all pairs; null: one of them was not proven (I10). */
export function lagOf(observations: readonly PairObservation[]): Lag | null {
  if (observations.some(({ lagMs }) => lagMs === null)) return null;
  const bytes = observations.flatMap(({ lagBytes }) => (lagBytes === null ? [] : [lagBytes]));
  return {
    bytes: bytes.length === 0 ? null : Math.max(...bytes),
    ms: Math.max(...observations.map(({ lagMs }) => lagMs ?? 0)),
  };
}
