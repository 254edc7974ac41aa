// Turns what ioredis and servers say into a FerryError with a code and a sentence.
// Never keeps the original error: ioredis hangs the command's arguments on it, passwords included (I9).

import { FerryError } from '../migration/errors.ts';

/** What a failed command or connection means to the caller. */
export type ServerErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'tls'
  | 'auth-failed'
  | 'no-permission'
  | 'loading'
  | 'read-only'
  /** Any other error reply. */
  | 'server-refused';

/** Codes after which nobody knows whether a command that was sent has run. */
const CONNECTION_CODES: ReadonlySet<string> = new Set(['unreachable', 'timeout', 'tls']);

/** True when the connection failed, false when the server answered with an error. */
export function isConnectionError(error: FerryError): boolean {
  return CONNECTION_CODES.has(error.code);
}

const HINTS: Readonly<Record<ServerErrorCode, string>> = {
  unreachable: 'Check the address, the firewall and whether the server runs.',
  timeout: 'Look at the load of the server and at the network between Ferry and it.',
  tls: 'Check the `tls` entry of the instance: the CA, the server name, and whether the port speaks TLS.',
  'auth-failed': 'Check `username` and `password` of the instance in the inventory.',
  'no-permission': "Give Ferry's user this command with ACL SETUSER.",
  loading: 'Try again when it has loaded its data.',
  'read-only': 'Only a primary takes writes.',
  'server-refused': '',
};

/** `who` names the server in the sentence; `deed` is the command's name without arguments, or `connecting`. */
export function serverError(who: string, deed: string, error: unknown): FerryError {
  if (error instanceof FerryError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = classify(error, text);
  return new FerryError(code, describe(code, who, deed, text), { hint: HINTS[code] });
}

export function timeoutError(who: string, deed: string, afterMs: number): FerryError {
  return new FerryError('timeout', `${who} did not answer ${deed} within ${Math.round(afterMs)} ms.`, {
    hint: HINTS.timeout,
  });
}

function classify(error: unknown, text: string): ServerErrorCode {
  const system = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^(NOAUTH|WRONGPASS)\b|invalid (username-password|password)|operation not permitted/i.test(text)) {
    return 'auth-failed';
  }
  if (/^NOPERM\b/.test(text)) return 'no-permission';
  if (/^LOADING\b/.test(text)) return 'loading';
  if (/^READONLY\b/.test(text)) return 'read-only';
  if (/^Command timed out$/.test(text) || system === 'ETIMEDOUT') return 'timeout';
  if (/^(ERR_SSL|ERR_TLS|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(system)) return 'tls';
  if (/^DENIED\b/.test(text)) return 'unreachable';
  // Error replies begin with an upper-case word; all else comes from sockets and from ioredis.
  return /^[A-Z][A-Z0-9]+ /.test(text) && system === '' ? 'server-refused' : 'unreachable';
}

function describe(code: ServerErrorCode, who: string, deed: string, text: string): string {
  switch (code) {
    case 'timeout':
      return `${who} did not answer ${deed} in time.`;
    case 'auth-failed':
      return `${who} does not accept Ferry's credentials.`;
    case 'no-permission':
      return `Ferry's user on ${who} may not run ${deed}.`;
    case 'loading':
      return `${who} is loading its data and refuses ${deed}.`;
    case 'read-only':
      return `${who} is a replica and refuses ${deed}.`;
    case 'tls':
      return `TLS with ${who} failed: ${text.replace(/\.$/, '')}.`;
    case 'unreachable':
      return /^DENIED\b/.test(text)
        ? `${who} refuses connections from here: it is in protected mode.`
        : `${who} cannot be reached (${text.replace(/\.$/, '')}).`;
    case 'server-refused':
      return `${who} refused ${deed}: ${beforeQuotes(text)}`;
  }
}

/** Servers quote arguments in their errors, and an argument may be a password (I9). */
function beforeQuotes(text: string): string {
  return text.replace(/\s*(with args beginning with:|['"`]).*$/s, ' …').slice(0, 200);
}
