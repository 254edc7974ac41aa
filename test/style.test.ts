// What a reader may rely on in every file: it says what it is for, it is short, nothing is left for later.

import { expect, test } from 'vitest';
import { projectFiles } from './support/project-files.ts';

/** Tests may be longer: their tables grow. */
const MAX_LINES = { src: 300, test: 450 };
/** Longer on purpose: read as one page. */
const LONGER: Readonly<Record<string, number>> = { 'src/workflow/ports.ts': 400 };

const files = projectFiles();
const code = [...files].filter(([path]) => /^(src|test)\/.*\.ts$/.test(path));
const generated = new Set(['package-lock.json', 'test/fixtures/slack-manifest.schema.json']);
const written = [...files].filter(([path]) => !generated.has(path));

// Put together here, so that this file does not contain what it forbids.
const UNFINISHED = new RegExp(`\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')})\\b`);
const ELSEWHERE = [
  ['registry', 'npmjs'].join('.'),
  ['deb', 'debian', 'org'].join('.'),
  ['archive', 'ubuntu', 'com'].join('.'),
  ['artifact', 'registry'].join('-'),
];
const DEVELOPER_PATH = new RegExp(`(?<![\\w.:])/(${['home', 'Users', 'root', 'work'].join('|')})/[\\w.-]`);

test('the project was found', () => {
  expect(code.length).toBeGreaterThan(20);
});

test('no source is too long to be read in one go', () => {
  const limit = (path: string): number => LONGER[path] ?? MAX_LINES[path.startsWith('src/') ? 'src' : 'test'];
  const long = code.filter(([path, text]) => lines(text) > limit(path));
  expect(long.map(([path, text]) => `${path}: ${lines(text)} lines`)).toEqual([]);
});

test('every source opens by saying what it is for', () => {
  const silent = code.filter(([, text]) => !/^(#![^\n]*\n)?\/\/ +\S/.test(text));
  expect(silent.map(([path]) => path)).toEqual([]);
});

test('nothing is left for later', () => {
  const unfinished = written.filter(([, text]) => UNFINISHED.test(text));
  expect(unfinished.map(([path]) => path)).toEqual([]);
});

test('no source composes signals by AbortSignal.any, which leaks on those that live long', () => {
  const composing = code.filter(
    ([path, text]) => path.startsWith('src/') && /\bAbortSignal\.any\(/.test(text),
  );
  expect(composing.map(([path]) => path)).toEqual([]);
});

test('no file knows a package registry or mirror', () => {
  const knowing = [...files].flatMap(([path, text]) =>
    ELSEWHERE.filter((host) => text.includes(host)).map((host) => `${path}: ${host}`),
  );
  expect(knowing).toEqual([]);
});

test('no file knows where a developer keeps his copy', () => {
  const knowing = written.flatMap(([path, text]) => {
    const found = DEVELOPER_PATH.exec(text);
    return found === null ? [] : [`${path}: ${text.slice(found.index, found.index + 40).split('\n')[0]}`];
  });
  expect(knowing).toEqual([]);
});

test('what is forbidden would be seen', () => {
  expect(UNFINISHED.test(`// ${['TO', 'DO'].join('')}: later`)).toBe(true);
  expect(DEVELOPER_PATH.test(`cd ${['', 'home', 'ana', 'ferry'].join('/')}`)).toBe(true);
  expect(DEVELOPER_PATH.test('https://example.com/home/page')).toBe(false);
});

function lines(text: string): number {
  return text.trimEnd().split('\n').length;
}
