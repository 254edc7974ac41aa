// How a mistake in the configuration is told: where, what is wrong, and what right looks like.
// Never repeats a value that may be a secret (I9); all mistakes are told at once.

import { FerryError } from '../migration/errors.ts';

/** One thing that is wrong in ferry.yaml or in the environment. */
export interface Mistake {
  /** `ferry.yaml:12:5`, or `environment`. */
  readonly where: string;
  /** The setting's path (`instances.carts-old.url`) or the variable; empty for the file as a whole. */
  readonly name: string;
  /** Full sentences. */
  readonly problem: string;
  /** How it should look. */
  readonly example: string;
}

/** The configuration cannot be used: code `config-invalid`; the caller ends with exit code 2. */
export class ConfigError extends FerryError {
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super('config-invalid', formatMistakes(mistakes));
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

/** The list as one text for a terminal, in the order of the file. */
export function formatMistakes(mistakes: readonly Mistake[]): string {
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  const told = mistakes.map(({ where, name, problem, example }) =>
    [`${where}${name === '' ? '' : `  ${name}`}`, `  ${problem}`, `  For example: ${example}`].join('\n'),
  );
  return [`The configuration has ${count}.`, ...told].join('\n\n');
}

const TAME_VALUE = /^[\w#@/.: +-]{1,32}$/;
const LOOKS_SECRET = /:\/\/|.@|^xox|^xapp/i;

/** A wrong value as it may be shown: itself if it is short and harmless, else only its kind. */
export function showValue(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string' && TAME_VALUE.test(value) && !LOOKS_SECRET.test(value)) return `"${value}"`;
  return 'this value';
}

/** A key or name as it may be shown: somebody may have put a URL where a name belongs. */
export function showKey(key: string): string {
  return /^[\w. -]{1,60}$/.test(key) && !LOOKS_SECRET.test(key)
    ? key
    : `(a name of ${key.length} characters)`;
}

/** `environments.production.approvers[2]`; list items count from 1, as people do. */
export function showPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((shown, step) => {
    if (typeof step === 'number') return `${shown}[${step + 1}]`;
    return shown === '' ? showKey(step) : `${shown}.${showKey(step)}`;
  }, '');
}

/** ` Did you mean "x"?`, or nothing when no known word is close. */
export function didYouMean(word: string, known: readonly string[]): string {
  const nearest = nearestOf(word, known);
  return nearest === null ? '' : ` Did you mean "${nearest}"?`;
}

/** The known word with the fewest edits, at most 2 or a third of its length; `monday` is one from `mon`. */
export function nearestOf(word: string, known: readonly string[]): string | null {
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let bestEdits = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const isLonger = candidate.length >= 3 && wanted.startsWith(candidate.toLowerCase());
    const edits = isLonger
      ? Math.min(1, wanted.length - candidate.length)
      : editDistance(wanted, candidate.toLowerCase());
    const allowed = Math.max(2, Math.floor(candidate.length / 3));
    if (edits < bestEdits && edits <= allowed && edits < candidate.length) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** Levenshtein's distance: insertions, deletions and replacements. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
