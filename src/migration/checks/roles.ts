// Both must be primaries: data comes from the top of a chain, and a target that follows somebody is in use.
// A server found to follow something is never re-pointed without a person (I5).

import { type Address, formatAddress, type Instance, PARKING_ADDRESS } from '../instance.ts';
import { blocker, checkPair, join, ok, type Seen, type Verdict } from './check.ts';
import { promotionOn } from './spoken.ts';

export const roles = checkPair('roles', 'Roles', (source, target, { pair }) =>
  join([judgeSource(source, target, pair.target), judgeTarget(source, target, pair.source)]),
);

function judgeSource(source: Seen, target: Seen, peer: Instance): Verdict {
  const { role } = source.facts;
  if (role.kind === 'primary') return ok(`${source.name} is a primary.`);
  if (follows(role.of, peer)) {
    return blocker(
      `${source.name} already follows ${target.name}: the other way round.`,
      `If ${target.name} has the data that counts, ask for ${target.name} to ${source.name}.`,
    );
  }
  return blocker(
    `${source.name} is a replica of ${formatAddress(role.of)}, where the writes go.`,
    'Name that server as the source.',
  );
}

function judgeTarget(source: Seen, target: Seen, peer: Instance): Verdict {
  const { role, replId } = target.facts;
  const promotion = promotionOn(target.facts.identity);
  if (role.kind === 'primary') return ok(`${target.name} is a primary.`);
  if (formatAddress(role.of) === formatAddress(PARKING_ADDRESS)) {
    return blocker(
      `${target.name} was set aside by an earlier migration: it is read-only and follows nobody.`,
      `If its data may go, run \`${promotion}\` on ${target.name} and ask again.`,
    );
  }
  if (follows(role.of, peer) || (replId !== '' && replId === source.facts.replId)) {
    return blocker(
      `${target.name} already follows ${source.name}, set up by somebody else or left by an earlier attempt.`,
      `If nobody needs that, run \`${promotion}\` on ${target.name} and ask again.`,
    );
  }
  return blocker(
    `${target.name} is a replica of ${formatAddress(role.of)}; following ${source.name} would take it away from there.`,
    `Choose another target, or run \`${promotion}\` on ${target.name} if nobody needs it.`,
  );
}

function follows(primary: Address, peer: Instance): boolean {
  return [peer.address, peer.replicationAddress].some(
    ({ host, port }) => host.toLowerCase() === primary.host.toLowerCase() && port === primary.port,
  );
}
