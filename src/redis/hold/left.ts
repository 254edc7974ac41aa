// What a fence of 6.0 writes on the server beside itself: which rules it takes from whom. Whoever comes next finds it
// there when Ferry's Redis has lost its record of the hold (I3, I12). Command rules only, never a password (I9).

import type { Hold } from '../../migration/route.ts';
import type { Command, Reply } from '../connect.ts';

export const HOLD_KEY = 'ferry:hold';
const HOLD_LIFE_SECONDS = 24 * 60 * 60;

type AclHold = Extract<Hold, { kind: 'acl' }>;

/** Whose hold it is, and of which run of which server: the key goes to followers as well. */
export interface Holder {
  readonly uid: string;
  readonly runId: string;
}

/** Before the users are changed, in the same transaction. In two commands, like every key of Ferry's that expires. */
export function noteHold({ uid, runId }: Holder, { users }: AclHold): readonly Command[] {
  return [
    ['SET', HOLD_KEY, JSON.stringify({ uid, runId, users })],
    ['EXPIRE', HOLD_KEY, HOLD_LIFE_SECONDS],
  ];
}

/** null: none is noted, or another server's or migration's. */
export function parseNoted(reply: Reply | undefined, { uid, runId }: Holder): AclHold | null {
  const noted = parse(reply);
  if (noted === null || noted['uid'] !== uid || noted['runId'] !== runId) return null;
  const { users } = noted;
  return Array.isArray(users) && users.length > 0 && users.every(isUser) ? { kind: 'acl', users } : null;
}

function parse(reply: Reply | undefined): Readonly<Record<string, unknown>> | null {
  if (typeof reply !== 'string') return null;
  try {
    const value: unknown = JSON.parse(reply);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What stands there is given to ACL SETUSER: rules for commands and nothing else. */
function isUser(value: unknown): value is AclHold['users'][number] {
  if (!isRecord(value)) return false;
  const { name, rules } = value;
  return (
    typeof name === 'string' &&
    name !== '' &&
    typeof rules === 'string' &&
    rules.split(' ').every((rule) => /^[+-][@\w|:.-]+$/.test(rule))
  );
}
