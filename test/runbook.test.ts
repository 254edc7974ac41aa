// The runbook has an entry for every question that Ferry can ask, and none for one that it cannot.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT_ROOT } from './support/project-files.ts';

/** As they stand in the code, with a dot for whatever is filled in. */
function questions(): readonly string[] {
  const sources = readdirSync(join(PROJECT_ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return sources
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [
      ...readFileSync(join(PROJECT_ROOT, 'src', path), 'utf8').matchAll(
        /\b(?:question(?:: |\s*=\s*)|stuck\(\s*)`([^`]+)`/g,
      ),
    ])
    .map(([, template = '']) => template.replaceAll(/\$\{[^}]*\}/g, '·'));
}

/** The first column of the table: one or more fragments in italics an entry, dots for what differs. */
function entries(): readonly string[] {
  const readme = readFileSync(join(PROJECT_ROOT, 'README.md'), 'utf8');
  const [, table = ''] = readme.split('| question | what to look at |');
  const rows = table.split('\n\n')[0]?.split('\n').slice(2) ?? [];
  return rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/\*([^*]+)\*/g)].map(([, words = '']) => words),
  );
}

const has = (question: string, entry: string) => entry.split(' … ').every((part) => question.includes(part));

test('every question has an entry', () => {
  const all = questions();
  expect(all.length).toBeGreaterThan(8);
  expect(all.filter((question) => !entries().some((entry) => has(question, entry)))).toEqual([]);
});
