// Does anybody else follow the source? Its other replicas do not move with the writes.

import { type Address, formatAddress } from '../instance.ts';
import { wayBack } from '../version-paths.ts';
import { checkPair, ok, warning } from './check.ts';
import { counted, listed } from './figures.ts';

export const sourceReplicas = checkPair(
  'source-replicas',
  'Source has no other replicas',
  (source, target, { pair }) => {
    const isTarget = (each: Address): boolean =>
      [pair.target.address, pair.target.replicationAddress].some(
        (known) => formatAddress(known) === formatAddress(each),
      );
    const others = source.facts.replicas.filter((each) => !isTarget(each));
    if (others.length === 0) return ok(`Nobody else follows ${source.name}.`);
    const it = others.length === 1 ? 'It does' : 'They do';
    const them = others.length === 1 ? 'it' : 'they';
    const after = wayBack(source.facts.identity, target.facts.identity).possible
      ? `${them} may get the writes of ${target.name} through ${source.name} while that follows it, without those that an older version does not know, and none after *Complete*`
      : `${them} ${others.length === 1 ? 'gets' : 'get'} no write any more after the cutover`;
    return warning(
      `${source.name} has ${counted(others.length, 'other replica')} (${listed(others.map(formatAddress))}). ${it} not move to ${target.name}: ${after}. Whoever reads there reads old data then.`,
      `Point ${others.length === 1 ? 'it' : 'them'} at ${target.name} after the cutover (\`REPLICAOF\`), or give readers other replicas.`,
    );
  },
);
