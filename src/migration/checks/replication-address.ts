// Is the replication address of each instance the same server as the address that Ferry uses?
// If it is not, the target would copy a server that nobody looked at.

import { formatAddress } from '../instance.ts';
import { blocker, type Check, checkPair, join, ok, type Seen, type Verdict, warning } from './check.ts';

export const replicationAddress: Check = checkPair(
  'replication-address',
  'Replication address',
  (source, target, { pair }) =>
    join([
      judge(source, formatAddress(pair.source.replicationAddress)),
      judge(target, formatAddress(pair.target.replicationAddress)),
    ]),
);

function judge(seen: Seen, address: string): Verdict {
  const answer = seen.facts.replicationAddress;
  switch (answer.kind) {
    case 'same':
      return ok(`${address} is ${seen.name}.`);
    case 'other':
      return blocker(
        `${address}, the replication address of ${seen.name}, is another server (run id ${answer.runId.slice(0, 8)}…, not ${seen.facts.identity.runId.slice(0, 8)}…).`,
        `Correct \`replicationAddress\` of ${seen.name} in the inventory.`,
      );
    case 'no-answer':
      return warning(
        `Ferry cannot reach ${address}, the replication address of ${seen.name} (${answer.detail}), so it cannot tell that this is the same server.`,
        `Expected where addresses are translated; ${seen.otherName} has to reach it, Ferry does not.`,
      );
  }
}
