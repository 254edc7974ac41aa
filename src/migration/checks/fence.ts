// What will clients of the source see while its writes are held, and can they be held as they must be?

import { capabilitiesOf, nameOf } from '../capabilities.ts';
import { fenceText } from '../fence-texts.ts';
import { formatAddress } from '../instance.ts';
import { predictedFenceMs, type Route, routeBetween } from '../route.ts';
import { blocker, checkPair, confirm, join, ok, type Seen, type Verdict, warning } from './check.ts';
import { counted, listed } from './figures.ts';

export const fence = checkPair('fence', 'Fence', (source, target, { facts, pair }) => {
  const route = routeBetween(source.facts.identity, target.facts.identity);
  const { by, during, after } = fenceText(route);
  const seen = `At the cutover ${source.name} is held by ${by}, for less than ${predictedFenceMs(route)} ms. ${during} ${after}`;
  if (route.fence === 'pause') return ok(seen);
  return join([
    ...(route.fence === 'password' && !facts.secretAvailable ? [noSecret(source)] : []),
    ...(route.demotion === 'password' ? [staysHeld(source)] : []),
    ...(route.fence === 'password' ? manyToClose(source, pair.source.passwordRef !== null) : []),
    ...(route.fence === 'password' && pair.source.passwordRef === null ? refusedReplicas(source) : []),
    warning(seen, advice(route)),
  ]);
});

function advice(route: Route): string {
  return route.fence === 'acl'
    ? 'Make sure that clients try again after NOPERM, or move to the new address by it.'
    : 'Make sure that clients connect anew and try again, or move to the new address when they are refused.';
}

function noSecret(source: Seen): Verdict {
  return blocker(
    `Writes on ${source.name} can be held only by a password that Ferry makes from FERRY_SECRET, and that is not set.`,
    'Set FERRY_SECRET for every worker: 32 random characters or more, the same for all, and kept for as long as migrations run.',
  );
}

function staysHeld(source: Seen): Verdict {
  return confirm(
    `Ferry's password stays on ${source.name} after the end, because it would take writes even as a replica. It is in no config file: a restart opens ${source.name} to everybody again.`,
    `Switch ${source.name} off after the move; until then \`npm start -- password <id>\` prints the password.`,
  );
}

/** A replica that never logged in is refused what it acknowledges, and the refusals go into its stream. */
function refusedReplicas(source: Seen): readonly Verdict[] {
  const { replicas, identity } = source.facts;
  if (replicas.length === 0 || !capabilitiesOf(identity).can('offsets')) return [];
  return [
    warning(
      `${source.name} has no password and ${counted(replicas.length, 'replica')} (${listed(replicas.map(formatAddress))}): while the fence stands each gets a refusal into its stream about once a second. Those of 6.0 and newer drop their link for it and copy everything anew; older ones count it and go on, but may resume at a wrong place when their link breaks later.`,
      `If the cutover is undone, have the replicas of ${source.name} copy everything anew before you rely on them.`,
    ),
  ];
}

/** Where connections can be closed by address only, one after another, the fence takes no more than these. */
const MAX_CLOSED_BY_ADDRESS = 1_000;

function manyToClose(source: Seen, passwordInUse: boolean): readonly Verdict[] {
  const { clients, identity } = source.facts;
  const connections = clients.kind === 'listed' ? clients.count : clients.connected;
  const closesByAddress = passwordInUse && !capabilitiesOf(identity).can('client-ids');
  if (!closesByAddress || connections <= MAX_CLOSED_BY_ADDRESS) return [];
  return [
    confirm(
      `${source.name} has ${counted(connections, 'connection')}, and ${nameOf(identity)} closes them one by one: above ${counted(MAX_CLOSED_BY_ADDRESS, 'connection')} Ferry does not begin the cutover.`,
      'Close idle ones before the cutover, or let clients share connections.',
    ),
  ];
}
