// Does anybody use the target already? Their data goes, and their writes are refused while it follows.

import type { OldClient } from '../progress.ts';
import { checkSide, confirm, ok, unknown } from './check.ts';
import { counted, listed } from './figures.ts';

export const targetClients = checkSide(
  'target-clients',
  'Target has no clients',
  'target',
  ({ name, facts }) => {
    const { clients } = facts;
    if (clients.kind === 'not-listed') {
      return unknown(
        `${name} has ${counted(clients.connected, 'connection')}, and which of them are clients could not be read: ${clients.why}`,
        `Make sure that nobody uses ${name}.`,
      );
    }
    if (clients.count === 0) return ok(`No client is connected to ${name}.`);
    return confirm(
      `${counted(clients.count, 'client')} ${clients.count === 1 ? 'is' : 'are'} connected to ${name} (${listed(clients.groups.map(described), 4)}). While it follows they see the source's data, and their writes are refused.`,
      'Stop them first, or start if they only wait for the move.',
    );
  },
);

function described(group: OldClient): string {
  const who = group.name === '' ? group.address : `${group.name} ${group.address}`;
  return group.count > 1 ? `${group.count} of ${who}` : who;
}
