// `npm run sandbox -- --demo --quick`, as a person runs it: I1 one writer, I2 nothing lost, and an exit code that says so.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT_ROOT } from '../support/project-files.ts';

test('I1 I2 the quick demo moves a Redis under load and accounts for every write', {
  timeout: 150_000,
}, async () => {
  const { code, output } = await run(['sandbox', '--demo', '--quick']);
  expect(output).toMatch(/carts-old → carts-new · completed/);
  expect(output).toMatch(/^acknowledged +[\d,]{5,} \([\d,]{5,} old, [\d,]{5,} new\)$/m);
  expect(output).toMatch(/^lost +0$/m);
  expect(output).toMatch(/^wrong side +0$/m);
  expect(output).toMatch(/^two writers +0$/m);
  expect(output).toMatch(/^refused +[1-9][\d,]* attempts/m);
  expect(output).toMatch(/^fence time +[\d.]+ m?s; /m);
  expect(code).toBe(0);
});

test('an option that does not exist is one sentence and exit code 2', async () => {
  const { code, output } = await run(['sandbox', '--nope']);
  expect(output.trim()).toBe(
    '--nope is no option of the sandbox; there are --demo, --quick, --port, --help.',
  );
  expect(code).toBe(2);
});

function run(argv: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'dist/main.js'), ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
}
