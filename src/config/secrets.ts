// Secrets by reference: `env:NAME` or `file:/path`, read at the moment of use and kept nowhere; and `hold:…`,
// Ferry's own passwords, made anew each time. Messages name the reference, never the value (I9).

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FerryError } from '../migration/errors.ts';
import type { Secrets } from '../workflow/ports.ts';

/** The variables that references may name; `process.env` in production. */
export type Variables = Readonly<Record<string, string | undefined>>;

type Read = { readonly value: string } | { readonly problem: string };

/** Whether a text has the form of a reference that a configuration may hold. */
export function isReference(text: string): boolean {
  return /^env:[A-Za-z_]\w*$/.test(text) || /^file:\/.+/.test(text);
}

/** Reads each reference anew at each use, so that a rotated secret is found. */
export function createSecrets(variables: Variables): Secrets {
  return {
    resolve: async (reference) => {
      const hold = /^hold:([^:]+:\d+)$/.exec(reference)?.[1];
      return hold === undefined ? resolveSecret(reference, variables) : holdPassword(hold, variables);
    },
  };
}

/**
 * The password that holds an old server during a cutover: HMAC-SHA256 of `<uid>:<attempt>` under FERRY_SECRET, in
 * hex. Every worker makes the same, so that each can lift what another set.
 */
function holdPassword(hold: string, variables: Variables): string {
  const secret = variables['FERRY_SECRET']?.trim() ?? '';
  if (secret !== '') return createHmac('sha256', secret).update(hold).digest('hex');
  throw new FerryError(
    'secret-unavailable',
    'FERRY_SECRET is not set; Ferry makes the password from it that holds a server before 6.0 during its cutover.',
    {
      hint: 'Set FERRY_SECRET to a long random text, the same for every worker (openssl rand -hex 32), and start Ferry again.',
    },
  );
}

/** The value behind `env:NAME` or `file:/path`; the line end that editors add to a file is not part of it. */
export function resolveSecret(reference: string, variables: Variables): string {
  const read = readReference(reference, variables);
  if ('value' in read) return read.value;
  throw new FerryError('secret-unavailable', read.problem, {
    hint: 'Provide it and try again; Ferry reads it anew each time.',
  });
}

/** Why a reference gives no value right now, as a sentence; null when it does. */
export function referenceProblem(reference: string, variables: Variables): string | null {
  const read = readReference(reference, variables);
  return 'problem' in read ? read.problem : null;
}

function readReference(reference: string, variables: Variables): Read {
  if (!isReference(reference)) {
    // What stands here is probably the secret itself.
    return { problem: 'This is not a reference of the form env:NAME or file:/path.' };
  }
  const rest = reference.slice(reference.indexOf(':') + 1);
  return reference.startsWith('env:') ? readVariable(rest, variables) : readSecretFile(rest);
}

function readVariable(name: string, variables: Variables): Read {
  const value = variables[name];
  if (value === undefined || value === '') return { problem: `The variable ${name} is not set.` };
  return { value };
}

function readSecretFile(path: string): Read {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    return { problem: `The file ${path} cannot be read (${code}).` };
  }
  const value = text.replace(/\r?\n$/, '');
  return value === '' ? { problem: `The file ${path} is empty.` } : { value };
}
