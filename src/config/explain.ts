// A schema's finding as a mistake people can mend: file and line, what is wrong, an example.
// zod's own texts are not used: they repeat values (I9) and know no example.

import type { z } from 'zod';
import type { Path, YamlFile } from './document.ts';
import { exampleFor, knownKeys } from './examples.ts';
import { didYouMean, type Mistake, nearestOf, showPath } from './mistakes.ts';

type Issue = z.core.$ZodIssue;

/** A mistake at a path of the file. */
export function mistakeAt(file: YamlFile, path: Path, problem: string, example = exampleFor(path)): Mistake {
  return { where: file.locate(path), name: showPath(path), problem, example };
}

/** What zod found below `base`, in the file's terms; an issue about several keys becomes several mistakes. */
export function explainIssues(file: YamlFile, base: Path, issues: readonly Issue[]): Mistake[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(file, path, key));
    return [mistakeAt(file, path, problemOf(issue, valueAt(file.value, path)))];
  });
}

/** The raw value at a path; undefined when something on the way is missing. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((here, step) => {
    if (typeof here !== 'object' || here === null) return undefined;
    return Object.hasOwn(here, step) ? Object.getOwnPropertyDescriptor(here, step)?.value : undefined;
  }, value);
}

function unknownKey(file: YamlFile, parent: Path, key: string): Mistake {
  const known = knownKeys(parent);
  return {
    where: file.locate([...parent, key]),
    name: showPath([...parent, key]),
    problem: `Ferry does not know this setting.${didYouMean(key, known)} Known here: ${known.join(', ')}.`,
    example: exampleFor([...parent, nearestOf(key, known) ?? key]),
  };
}

function problemOf(issue: Issue, value: unknown): string {
  if (value === undefined) return 'This setting is missing.';
  if (value === null) return 'Nothing stands after this key. Give a value or remove the line.';
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'too_small') return 'This list is empty.';
  if (issue.code === 'invalid_type') return `This must be ${EXPECTED[issue.expected] ?? 'something else'}.`;
  return 'This value does not fit.';
}

const EXPECTED: Readonly<Record<string, string>> = {
  object: 'a map of settings',
  record: 'a map of names',
  array: 'a list',
  boolean: 'true or false',
  string: 'text',
};
