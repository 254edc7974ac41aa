// What becomes of clients that wait on the source: blocked in a command, or subscribed to channels?

import { routeBetween } from '../route.ts';
import { checkPair, join, ok, type Seen, unknown, type Verdict, warning } from './check.ts';
import { counted } from './figures.ts';

export const waitingClients = checkPair(
  'waiting-clients',
  'Clients that wait',
  (source, target, { policy }) => {
    const { clients, blockedClients } = source.facts;
    const closes = routeBetween(source.facts.identity, target.facts.identity).fence === 'password';
    const subscribed = clients.kind === 'listed' ? clients.subscribed : null;
    const verdicts = [
      ...blocked(source, blockedClients, closes),
      ...subscribers(source, target, subscribed, closes || policy.cutover.disconnectOldClients),
    ];
    return verdicts.length > 0
      ? join(verdicts)
      : ok(`No client of ${source.name} is blocked in a command or subscribed to a channel.`);
  },
);

/** Measured on 6.0 to 8.0 and Valkey: BLPOP, XREAD and WAIT alike, at the demotion. */
function blocked(source: Seen, count: number | null, closes: boolean): readonly Verdict[] {
  if (count === 0) return [];
  if (count === null) return [unknown(`How many clients of ${source.name} are blocked could not be read.`)];
  const seen = closes ? 'their connections are closed' : 'they get UNBLOCKED and are disconnected';
  return [
    warning(
      `${counted(count, 'client')} of ${source.name} ${count === 1 ? 'is' : 'are'} blocked in a command (BLPOP, XREAD, WAIT and others). At the cutover ${seen}.`,
      'Make sure that they connect anew, to the new address, and ask again.',
    ),
  ];
}

function subscribers(source: Seen, target: Seen, count: number | null, closes: boolean): readonly Verdict[] {
  if (count === 0) return [];
  if (count === null) {
    return [
      warning(
        `Which clients of ${source.name} are subscribed to channels is not known, because its clients were not listed.`,
        `Have subscribers connect to ${target.name} at the cutover: messages that are published there do not reach them on ${source.name} for long.`,
      ),
    ];
  }
  const many = `${counted(count, 'client')} of ${source.name} ${count === 1 ? 'is' : 'are'} subscribed to channels.`;
  return [
    closes
      ? warning(
          `${many} Their connections are closed at the cutover, and what is published until they subscribe on ${target.name} is lost to them.`,
          'Make sure that they connect anew, to the new address, and subscribe again.',
        )
      : warning(
          `${many} They stay connected: they hear what is published on ${target.name} only while ${source.name} follows it, and after that nothing, without an error. What they publish on ${source.name} does not reach ${target.name}.`,
          'Restart them for the new address before *Complete*, or let Ferry close their connections (`cutover: { disconnectOldClients: true }`).',
        ),
  ];
}
