// Bolt's log, through Ferry's logger, without what must not be logged (I9): payloads, tokens, one-time
// addresses. Debug lines carry whole payloads and are dropped.

import { type Logger as BoltLogger, LogLevel } from '@slack/bolt';
import type { Logger } from '../workflow/ports.ts';

const SECRETS: readonly RegExp[] = [
  /x(?:ox[a-z]|app)-[\w-]+/gi,
  /wss?:\/\/\S+/gi,
  /https?:\/\/hooks\.slack\.com\/\S+/gi,
  /[a-z][a-z0-9+.-]*:\/\/\S*@\S*/gi,
];
const MAX_LINE = 300;

export function redact(text: string): string {
  const clean = SECRETS.reduce((line, secret) => line.replace(secret, '[hidden]'), text);
  return clean.length <= MAX_LINE ? clean : `${clean.slice(0, MAX_LINE)}…`;
}

export function boltLogger(logger: Logger): BoltLogger {
  const line = (parts: readonly unknown[]) => redact(parts.map(oneLine).join(' '));
  return {
    debug: () => {},
    info: (...parts) => logger.debug({}, line(parts)),
    warn: (...parts) => logger.warn({}, line(parts)),
    error: (...parts) => logger.error({}, line(parts)),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  };
}

/** Only texts and the message of an error: other objects may hold what a person typed. */
function oneLine(part: unknown): string {
  if (typeof part === 'string') return part;
  if (part instanceof Error) return `${part.name}: ${part.message}`;
  return '';
}
