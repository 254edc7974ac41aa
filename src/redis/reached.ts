// Whether a follower has what a fence's proof asks for. One cheap question, asked every millisecond.

import type { Capabilities } from '../migration/capabilities.ts';
import type { FenceProof, Reached } from '../workflow/ports.ts';
import type { ServerConnection } from './connect.ts';
import { infoCommand, offsetOf, parseInfo } from './info.ts';
import { textOf } from './replies.ts';

/** A server that loads, or does not answer for its data now, has reached nothing. */
const NOT_NOW: ReadonlySet<string> = new Set(['loading', 'server-refused']);

export async function reachedBy(
  connection: ServerConnection,
  capabilities: Pick<Capabilities, 'can'>,
  proof: FenceProof,
  timeoutMs: number,
): Promise<Reached> {
  if (proof.kind === 'marker') {
    const [value = null] = await connection.pipeline([['GET', proof.key]], timeoutMs);
    if (value instanceof Error && !NOT_NOW.has(value.code)) throw value;
    return { reached: value === proof.value, offset: null };
  }
  if (!capabilities.can('offsets')) return { reached: false, offset: null };
  const info = parseInfo(textOf(await connection.ask(infoCommand(capabilities, 'replication'), timeoutMs)));
  const offset = offsetOf(info);
  return { reached: offset >= proof.offset, offset };
}
