// Does anybody follow the target? Its replicas would be emptied and filled along with it.

import { formatAddress } from '../instance.ts';
import { checkSide, confirm, ok } from './check.ts';
import { counted, listed } from './figures.ts';

export const targetReplicas = checkSide(
  'target-replicas',
  'Target has no replicas',
  'target',
  ({ name, facts }) => {
    if (facts.replicas.length === 0) return ok(`${name} has no replicas.`);
    return confirm(
      `${name} has ${counted(facts.replicas.length, 'replica')} (${listed(facts.replicas.map(formatAddress))}). Syncing replaces their data, too.`,
      'Start only if they may follow along.',
    );
  },
);
