// Replies where only one type makes sense: that type, or an error. Never guesses.

import { FerryError } from '../migration/errors.ts';
import type { Reply } from './connect.ts';

/** Throws the server's refusal, or `bad-reply` for anything that is no text. */
export function textOf(reply: Reply | undefined): string {
  if (typeof reply === 'string') return reply;
  if (reply instanceof Error) throw reply;
  throw new FerryError('bad-reply', 'The server gave a reply that Ferry does not understand.');
}

/** Throws the server's refusal, or `bad-reply` for anything that is no list. */
export function listOf(reply: Reply | undefined): readonly Reply[] {
  if (Array.isArray(reply)) return reply;
  if (reply instanceof Error) throw reply;
  throw new FerryError('bad-reply', 'The server gave a reply that Ferry does not understand.');
}
