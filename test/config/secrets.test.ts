// References are read when used; a failure names the reference.

import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createSecrets, isReference, referenceProblem } from '../../src/config/secrets.ts';
import { holdRef } from '../../src/migration/route.ts';

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

describe("Ferry's own passwords", () => {
  const hold = (uid: string, attempt: number, secret: string) =>
    createSecrets({ FERRY_SECRET: secret }).resolve(holdRef(uid, attempt));

  it('are HMAC-SHA256 of uid and attempt under FERRY_SECRET', async () => {
    const expected = createHmac('sha256', 'a long text').update('u1:3').digest('hex');
    expect(await hold('u1', 3, 'a long text')).toBe(expected);
    // As the environment is read.
    expect(await hold('u1', 3, ' a long text\n')).toBe(expected);
  });

  it('differ by migration, attempt and secret', async () => {
    const made = [hold('u1', 1, 's'), hold('u1', 2, 's'), hold('u2', 1, 's'), hold('u1', 1, 't')];
    expect(new Set(await Promise.all(made)).size).toBe(4);
  });

  it.each([{}, { FERRY_SECRET: ' ' }])(
    'name FERRY_SECRET and what to do without it: %j',
    async (variables) => {
      await expect(createSecrets(variables).resolve('hold:u1:1')).rejects.toMatchObject({
        code: 'secret-unavailable',
        message: expect.stringContaining('FERRY_SECRET'),
        hint: expect.stringContaining('openssl rand -hex 32'),
      });
    },
  );

  it('I9 are not for configurations to name', () => {
    expect(isReference('hold:u1:1')).toBe(false);
  });
});
