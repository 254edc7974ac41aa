// References are read when used; a failure names the reference.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createSecrets, referenceProblem } from '../../src/config/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'ferry-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return `file:${path}`;
}

it('reads variables and files', async () => {
  const secrets = createSecrets({ CARTS: 'hunter2 ' });
  expect(await secrets.resolve('env:CARTS')).toBe('hunter2 ');
  expect(await secrets.resolve(fileOf('plain', 'hunter2'))).toBe('hunter2');
});

it.each([
  ['one line end of a file is stripped', 'a\n', 'a'],
  ['also that of Windows', 'a\r\n', 'a'],
  ['but no other white space', ' a \n\n', ' a \n'],
])('%s', async (name, text, value) => {
  expect(await createSecrets({}).resolve(fileOf(name.replaceAll(' ', '-'), text))).toBe(value);
});

it('reads anew at each use, so that a rotated secret is found', async () => {
  const variables: Record<string, string> = { CARTS: 'old' };
  const secrets = createSecrets(variables);
  await secrets.resolve('env:CARTS');
  variables['CARTS'] = 'new';
  expect(await secrets.resolve('env:CARTS')).toBe('new');
});

it.each([
  ['env:CARTS', 'The variable CARTS is not set.'],
  ['env:EMPTY', 'The variable EMPTY is not set.'],
  ['file:/nonexistent/x', 'The file /nonexistent/x cannot be read (ENOENT).'],
  [`file:${tmpdir()}`, `The file ${tmpdir()} cannot be read (EISDIR).`],
  ['hunter2', 'This is not a reference of the form env:NAME or file:/path.'],
  ['file:relative', 'This is not a reference of the form env:NAME or file:/path.'],
])('rejects %s with a sentence', async (reference, message) => {
  await expect(createSecrets({ EMPTY: '' }).resolve(reference)).rejects.toMatchObject({
    code: 'secret-unavailable',
    message,
  });
});

it('takes an empty file for none', () => {
  expect(referenceProblem(fileOf('empty', '\n'), {})).toBe(`The file ${join(folder, 'empty')} is empty.`);
});
