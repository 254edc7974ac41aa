// Do both speak the same on the replication link? A server follows over TLS only with `tls-replication yes`, which
// Ferry sets and puts back where the server has a certificate.

import type { Side } from '../instance.ts';
import { blocker, checkPair, confirm, join, ok, type Seen, unknown, type Verdict, warning } from './check.ts';
import { type LinkTls, replicationTls } from './link-tls.ts';
import { canGoBack } from './setting-changes.ts';

export const tls = checkPair('tls', 'TLS between servers', (source, target, { pair }) => {
  const link = (side: Side): LinkTls => replicationTls(side, source.facts, target.facts, pair);
  const forward = judge(target, link('target'));
  return canGoBack(source.facts, target.facts) ? join([forward, judge(source, link('source'))]) : forward;
});

/** `seen` would connect to the other one. */
function judge(seen: Seen, link: LinkTls): Verdict {
  const { name, otherName } = seen;
  const how = (isTls: boolean): string => (isTls ? 'TLS' : 'plain TCP');
  const would = (wanted: boolean): string =>
    `${name} would speak ${how(!wanted)} to ${otherName}, which the inventory reaches over ${how(wanted)}.`;
  switch (link.kind) {
    case 'fits':
      return ok(`${name} would follow ${otherName} over ${how(link.tls)}.`);
    case 'settable': {
      const was = link.to === 'yes' ? 'no' : 'yes';
      return warning(
        `${would(link.to === 'yes')} Ferry will set \`tls-replication ${link.to}\` on ${name} and put \`${was}\` back.`,
        'Nothing to do.',
      );
    }
    case 'unclear': {
      const hint = `Set \`tls-replication ${link.wanted ? 'yes' : 'no'}\` on ${name} if it does not.`;
      const found = `${would(link.wanted)} Its replication address is another one, which may differ.`;
      return seen.side === 'target' ? confirm(found, hint) : warning(found, hint);
    }
    case 'relayed':
      return blocker(
        `${name} follows over TLS only (\`tls-replication yes\`), and Ferry's relay, which it would have to follow, speaks plain TCP.`,
        `Set \`tls-replication no\` on ${name} for the move, if the data may go from the worker to ${name} over plain TCP. Else move to Redis 5.0 first, which needs no relay.`,
      );
    case 'stuck': {
      const found = `${otherName} is reached over TLS, and ${name} ${link.lacks}.`;
      const hint = `Give ${name} what it needs (\`tls-cert-file\`, \`tls-key-file\`, \`tls-ca-cert-file\`), or ${otherName} a \`replicationAddress\` that speaks plain TCP.`;
      return seen.side === 'target'
        ? blocker(found, hint)
        : warning(`${found} The way back would stay closed.`, hint);
    }
    case 'unknown':
      return unknown(`Whether ${name} speaks TLS to the server that it follows could not be read.`);
  }
}
