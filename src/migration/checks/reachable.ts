// Do both servers answer, and let Ferry in? Without that nothing else can be judged.

import type { Finding } from '../finding.ts';
import { formatAddress, SIDES, type Side } from '../instance.ts';
import type { UnreachableWhy } from '../survey-facts.ts';
import { blocker, type CheckContext, join, ok, type Verdict } from './check.ts';

const HINTS: Readonly<Record<UnreachableWhy, string>> = {
  refused: 'Check that it runs and that the port is right.',
  timeout: 'Check the network and firewalls between Ferry and it.',
  name: 'Check the host name in the inventory.',
  auth: 'Check `username` and `password` of the instance in the inventory.',
  secret: 'Check the `password` reference of the instance in the inventory.',
  tls: 'Check the `tls` entry of the instance: CA, server name, and whether the port speaks TLS.',
  permission: "Give Ferry's user INFO: `ACL SETUSER <user> +info`.",
  renamed: 'Give INFO its name back (`rename-command`), or move this server by other means.',
  loading: 'Wait until it has loaded its data, then ask again.',
  other: 'Look at its log.',
};

export function reachable(context: CheckContext): Finding {
  const verdict = join(SIDES.map((side) => judge(context, side)));
  return { check: 'reachable', title: 'Reachable', ...verdict };
}

function judge(context: CheckContext, side: Side): Verdict {
  const { name, address } = context.pair[side];
  const facts = context.facts[side];
  if (facts.kind === 'read') return ok(`${name} answers at ${formatAddress(address)}.`);
  return blocker(`${name} could not be read: ${facts.detail}`, HINTS[facts.why]);
}
