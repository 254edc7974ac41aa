// The record as text: versioned JSON, parsed in full when it comes back.
// A record that a newer Ferry wrote is refused, never guessed at and never overwritten.

import { z } from 'zod';
import { FerryError } from '../migration/errors.ts';
import type { Migration } from '../migration/migration.ts';
import { isHarmless } from '../migration/rehearsal.ts';
import { migrationSchema } from './schema/phases.ts';
import { fromVersion1 } from './version-1.ts';
import { fromVersion2 } from './version-2.ts';

/** Raise it with every change of the record's shape, and teach `decode` to read the earlier ones. */
export const RECORD_VERSION = 3;

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

/** The other half of the drift check: a field that only the schema has does not compile here. */
type Stored = Immutable<z.output<typeof migrationSchema>>;

const envelope = z.looseObject({ v: z.int().positive() });

/** Throws `record-unwritable`: the record before this one stays, and can be read. */
export function encode(migration: Migration): string {
  const stored: Stored = migration;
  if (isPromotedRehearsal(migration)) {
    throw new FerryError(
      'record-unwritable',
      `${migration.id} is a rehearsal: it is never ${migration.state.phase}.`,
    );
  }
  return JSON.stringify({ v: RECORD_VERSION, migration: stored }, refuseWhatJsonLoses);
}

/** JSON turns NaN and Infinity into null, which nobody could read back. */
function refuseWhatJsonLoses(name: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw new FerryError('record-unwritable', `A record would lose its field ${name}: it is ${value}.`);
}

/** Throws `record-too-new` or `record-unreadable`. */
export function decode(text: string): Migration {
  const wrapped = envelope.safeParse(parseJson(text));
  if (!wrapped.success) throw unreadable(z.prettifyError(wrapped.error));
  if (wrapped.data.v > RECORD_VERSION) throw tooNew();
  const stored = wrapped.data['migration'];
  const migration = migrationSchema.safeParse(upToDate(stored, wrapped.data.v));
  if (!migration.success) throw unreadable(z.prettifyError(migration.error));
  if (isPromotedRehearsal(migration.data)) throw unreadable('a rehearsal is never promoted.');
  return migration.data;
}

function upToDate(stored: unknown, version: number): unknown {
  const asVersion2 = version < 2 ? fromVersion1(stored) : stored;
  return version < 3 ? fromVersion2(asVersion2) : asVersion2;
}

/** Nobody could have made it: neither written nor believed (I4). */
function isPromotedRehearsal({ rehearsal, state }: Migration): boolean {
  return rehearsal !== null && !isHarmless(state);
}

export function tooNew(): FerryError {
  return new FerryError('record-too-new', 'A newer Ferry wrote this record; this one leaves it alone.', {
    hint: 'Finish the update of all bots and workers.',
  });
}

function unreadable(why: string): FerryError {
  return new FerryError('record-unreadable', `A record in Ferry's Redis does not parse: ${why}`, {
    hint: 'Nothing was changed. Did something else write it, or was Ferry set back to an older version?',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
