// Are both servers of the same environment? The policy of the source's applies.

import type { Finding } from '../finding.ts';
import { type CheckContext, confirm, ok } from './check.ts';

export function environments(context: CheckContext): Finding {
  const { source, target } = context.pair;
  const verdict =
    source.environment === target.environment
      ? ok(`Both are ${source.environment}.`)
      : confirm(
          `${source.name} is ${source.environment}, ${target.name} is ${target.environment}. The policy of ${source.environment} applies.`,
          'Start only if that is meant.',
        );
  return { check: 'environments', title: 'Same environment', ...verdict };
}
