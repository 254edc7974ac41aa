// What a person typed: words, secrets that must not be repeated (I9), and the nearest known name.

import type { Migration } from '../../../migration/migration.ts';
import { code, join, say, type Words } from '../../blocks/words.ts';
import type { ListenerParts } from '../parts.ts';

const SECRET_FORMS: readonly RegExp[] = [
  // Anything before an @ in an address may be one: users, passwords, tokens.
  /[a-z][a-z0-9+.-]*:\/\/\S*@/i,
  /(?:^|\s)--?(?:a|pass|password|auth)[\s=]+\S/i,
  /\b(?:password|passwd|pass|auth|secret|token)\s*[=:]\s*\S/i,
];

export function holdsSecret(text: string): boolean {
  return SECRET_FORMS.some((form) => form.test(text));
}

export function holdsAddress(text: string): boolean {
  return /[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

export function wordsOf(text: string): readonly string[] {
  return text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** A typed word in an answer, only if it looks like a name: whatever else it is need not be repeated. */
export function echo(word: string): Words {
  return /^[\w.-]{1,40}$/.test(word) ? say`${code(word)}` : say`that`;
}

/** The name with the fewest edits, if few enough to be a slip; null otherwise. */
export function nearest(word: string, names: readonly string[]): string | null {
  const limit = Math.max(1, Math.min(3, Math.floor(word.length / 3)));
  let best: { readonly name: string; readonly edits: number } | null = null;
  for (const name of names) {
    const edits = distance(word.toLowerCase(), name.toLowerCase());
    if (edits <= limit && (best === null || edits < best.edits)) best = { name, edits };
  }
  return best?.name ?? null;
}

/** At most so many names are offered for one that is not known. */
const OFFERED = 3;

/** The nearest name; where none is near, the few that have what was typed in them. May be empty. */
export function meant(word: string, names: readonly string[]): readonly string[] {
  const close = nearest(word, names);
  if (close !== null) return [close];
  const part = word.toLowerCase();
  const having = part.length < 2 ? [] : names.filter((name) => name.toLowerCase().includes(part));
  return having.length > OFFERED ? [] : having;
}

/** Levenshtein, two letters in the wrong order being one slip; inputs of a command line are short. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return 99;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const turned = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = turned ? (before[j - 2] ?? 0) + 1 : 99;
      next.push(Math.min(changed, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 99;
}

/** `m42`, `M42` and `42` are the same; null: not an id. */
export function idOf(word: string): string | null {
  const digits = /^m?(\d{1,9})$/i.exec(word)?.[1];
  return digits === undefined ? null : `m${Number(digits)}`;
}

/** A whole number of seconds from 1 to `most`, with or without its unit; null: anything else. */
export function secondsOf(word: string, most: number): number | null {
  const digits = /^0*([1-9]\d{0,3})s?$/i.exec(word)?.[1];
  return digits === undefined || Number(digits) > most ? null : Number(digits);
}

export type Found =
  | { readonly kind: 'found'; readonly migration: Migration }
  | { readonly kind: 'unknown'; readonly words: Words };

export async function findMigration(parts: ListenerParts, word: string): Promise<Found> {
  const id = idOf(word);
  const uid = id === null ? null : await parts.records.uidOf(id);
  const loaded = uid === null ? null : await parts.records.load(uid);
  if (loaded !== null) return { kind: 'found', migration: loaded.migration };
  const words = say`I don't know a migration ${echo(word)}. Ids look like ${code('m42')}; ${code(
    `${parts.command} status`,
  )} lists those that run.`;
  return { kind: 'unknown', words };
}

/** The sentence for an instance that is not in the inventory. */
export function unknownInstance(parts: ListenerParts, name: string): Words {
  const names = parts.inventory.names();
  const close = meant(name, names).map((each) => say`${code(each)}`);
  const offer = close.length === 0 ? [] : say` Did you mean ${join(close, ' or ')}?`;
  const all =
    names.length === 1
      ? 'the one instance'
      : names.length === 2
        ? 'both instances'
        : `all ${names.length} instances`;
  return say`I don't know ${echo(name)}.${offer} ${code(`${parts.command} list`)} shows ${all}.`;
}
