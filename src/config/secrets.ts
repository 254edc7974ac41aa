// Secrets by reference: `env:NAME` or `file:/path`, read at the moment of use and kept nowhere.
// Messages name the reference, never the value (I9).

import { readFileSync } from 'node:fs';
import { FerryError } from '../migration/errors.ts';
import type { Secrets } from '../workflow/ports.ts';

/** The variables that references may name; `process.env` in production. */
export type Variables = Readonly<Record<string, string | undefined>>;

type Read = { readonly value: string } | { readonly problem: string };

/** Whether a text has the form of a reference at all. */
export function isReference(text: string): boolean {
  return /^env:[A-Za-z_]\w*$/.test(text) || /^file:\/.+/.test(text);
}

/** Reads each reference anew at each use, so that a rotated secret is found. */
export function createSecrets(variables: Variables): Secrets {
  return { resolve: async (reference) => resolveSecret(reference, variables) };
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
