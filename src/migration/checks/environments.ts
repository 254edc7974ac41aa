// Are both servers of the same environment? The policy of the source's applies. A rehearsal leads out of it, and
// only to a server whose own environment allows that.

import type { Finding } from '../finding.ts';
import { blocker, type CheckContext, confirm, ok, type Verdict } from './check.ts';

export function environments(context: CheckContext): Finding {
  return { check: 'environments', title: 'Same environment', ...judge(context) };
}

function judge({ pair: { source, target }, scratch }: CheckContext): Verdict {
  if (scratch === 'forbidden') {
    return blocker(
      `${target.name} is ${target.environment}, which is not for rehearsals.`,
      'A rehearsal overwrites only servers whose environment says `rehearsal: true` in ferry.yaml.',
    );
  }
  if (scratch === 'allowed') return ok(`${target.name} is ${target.environment}, which is for rehearsals.`);
  if (source.environment === target.environment) return ok(`Both are ${source.environment}.`);
  return confirm(
    `${source.name} is ${source.environment}, ${target.name} is ${target.environment}. The policy of ${source.environment} applies.`,
    'Start only if that is meant.',
  );
}
