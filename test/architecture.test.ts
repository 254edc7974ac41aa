// The dependency table holds, and the checker that says so is seen to complain about every kind of breach.

import { expect, test } from 'vitest';
import { breaches } from './support/architecture.ts';
import { projectFiles } from './support/project-files.ts';
import { codeOnly, importsOf } from './support/source-text.ts';

test('the code keeps to the dependency table', () => {
  const files = [...projectFiles('src'), ...projectFiles('test')];
  const code = new Map(files.filter(([path]) => path.endsWith('.ts')));
  expect(code.has('src/migration/migration.ts')).toBe(true);
  expect(breaches(code)).toEqual([]);
});

/** One bad file, and a part of the complaint about it. */
const BAD: readonly (readonly [path: string, text: string, complaint: string])[] = [
  [
    'src/migration/a.ts',
    "import { x } from '../workflow/ports.ts';",
    'migration may not import workflow/ports',
  ],
  ['src/migration/a.ts', "import { x } from 'node:crypto';", 'migration may not import node:crypto'],
  ['src/migration/a.ts', "import z from 'zod';", 'migration may not use the package zod'],
  ['src/migration/a.ts', 'export const now = () => Date.now();', 'may not use Date'],
  ['src/migration/a.ts', 'export const x = Math.random();', 'may not use Math.random'],
  ['src/migration/a.ts', 'export const x = () => setTimeout(f, 1);', 'may not use setTimeout'],
  ['src/migration/a.ts', 'export const x = process.pid;', 'may not use process'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a source text
  ['src/migration/a.ts', 'export const x = `${Date.now()} ms`;', 'may not use Date'],
  ['src/workflow/a.ts', "import { x } from '../redis/x.ts';", 'workflow may not import redis/x'],
  ['src/redis/a.ts', "import { x } from '../workflow/runner.ts';", 'redis may not import workflow/runner'],
  ['src/replication/a.ts', "import { Redis } from 'ioredis';", 'replication may not use the package ioredis'],
  ['src/replication/a.ts', "import { x } from '../store/x.ts';", 'replication may not import store/x'],
  [
    'src/store/a.ts',
    "export { x } from '../redis/x.ts';\nexport const y = 1;",
    'store may not import redis/x',
  ],
  ['src/queue/a.ts', "import { z } from 'zod';", 'queue may not use the package zod'],
  ['src/slack/a.ts', "import {\n  x,\n} from '../redis/x.ts';", 'slack may not import redis/x'],
  ['src/slack/blocks/a.ts', "import { x } from '../app.ts';", 'slack/blocks may not import slack/app'],
  [
    'src/slack/blocks/a.ts',
    "import type { x } from '../../workflow/ports.ts';",
    'slack/blocks may not import',
  ],
  ['src/slack/blocks/a.ts', 'export const x = new Date();', 'may not use new Date()'],
  ['src/slack/blocks/a.ts', 'export const x = Date.now();', 'may not use Date.now'],
  ['src/hooks/a.ts', "import { x } from 'pino';", 'hooks may not use the package pino'],
  ['src/telemetry/a.ts', "const x = await import('../sandbox/x.ts');", 'telemetry may not import sandbox/x'],
  ['src/sandbox/a.ts', "import { x } from '../main.ts';", 'sandbox may not import main'],
  ['src/sandbox/a.ts', 'export const x = process.env.HOME;', 'only config reads process.env'],
  ['src/compose.ts', "import { x } from './sandbox/x.ts';", 'compose may not import sandbox/x'],
  ['src/main.ts', "import { x } from './sandbox/x.ts';", 'only when asked for'],
  ['src/main.ts', "export const x = process.env['HOME'];", 'only config reads process.env'],
  ['src/store/a.ts', "console.log('x');", 'writes to the console'],
  ['src/elsewhere/a.ts', 'export const x = 1;', 'not in the dependency table'],
  ['src/redis/a.ts', "import { x } from '../../test/x.ts';", 'outside src'],
  ['src/redis/utils.ts', 'export const x = 1;', '"utils" says nothing'],
  ['src/common/a.ts', 'export const x = 1;', '"common" says nothing'],
  ['test/support/job-manager.ts', 'export const x = 1;', '"manager" says nothing'],
  ['src/redis/someThing.ts', 'export const x = 1;', 'kebab-case'],
  ['src/redis/a.ts', 'export default function x() {}', 'default export'],
  ['src/redis/a.ts', 'export enum Role { Primary }', 'declares an enum'],
  [
    'src/redis/index.ts',
    "// all of it\nexport { x } from './x.ts';\nexport type { y } from './y.ts';",
    'is a barrel',
  ],
  ['src/redis/a.ts', "export * from './x.ts';\nexport const y = 1;", 'is a barrel'],
];

test.each(BAD)('%s with %j is refused', (path, text, complaint) => {
  expect(breaches(new Map([[path, text]])).join('\n')).toContain(complaint);
});

test('redis and slack do not meet by way of a third folder either', () => {
  const tree = new Map([
    ['src/slack/app.ts', "import { x } from '../workflow/ports.ts';"],
    ['src/workflow/ports.ts', "import { x } from './x.ts';"],
    ['src/workflow/x.ts', "import { x } from '../redis/x.ts';"],
    ['src/redis/x.ts', 'export const x = 1;'],
  ]);
  expect(breaches(tree).join('\n')).toContain(
    'slack reaches redis by src/slack/app.ts → src/workflow/ports.ts → src/workflow/x.ts → src/redis/x.ts',
  );
});

test('what is allowed is not complained about', () => {
  const tree = new Map([
    [
      'src/migration/a.ts',
      "// Date.now() is never called\nimport { b } from './checks/b.ts';\nexport const x = 'Date';",
    ],
    [
      'src/migration/checks/b.ts',
      "import type { P } from '../a.ts';\nexport const b = /process/.test('setTimeout');",
    ],
    [
      'src/redis/a.ts',
      "import type { Clock } from '../workflow/ports.ts';\nimport { Redis } from 'ioredis';",
    ],
    ['src/slack/card.ts', "import { x } from './blocks/card.ts';\nimport type { B } from '@slack/web-api';"],
    [
      'src/slack/blocks/card.ts',
      "import type { M } from '../../migration/a.ts';\nexport const x = (ms: number) => new Date(ms);",
    ],
    ['src/config/a.ts', "import { parse } from 'yaml';\nexport const x = process.env;"],
    ['src/sandbox/a.ts', "import { c } from '../compose.ts';\nspawn('x', { env: process.env });"],
    ['src/main.ts', "const { run } = await import('./sandbox/a.ts');\nimport { c } from './compose.ts';"],
  ]);
  expect(breaches(tree)).toEqual([]);
});

test('imports are read wherever they stand, and not out of comments', () => {
  const text = [
    "import a, { type B } from './a.ts'; // import c from './c.ts'",
    "import './side-effect.ts';",
    "/* import d from './d.ts'; */ export type { E } from './e.ts';",
    "const f = await import('./f.ts');",
    "const url = 'http://x'; const g = /['\"`]/.test(url);",
    "export * from './h.ts';",
  ].join('\n');
  expect(importsOf(text).map((each) => each.specifier)).toEqual([
    './a.ts',
    './side-effect.ts',
    './e.ts',
    './h.ts',
    './f.ts',
  ]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a source text
  expect(codeOnly('a(`x ${b({ c: `d` })} y`); // e')).toMatch(/^a\( +b\(\{ c: +\}\) +\); +$/);
});
