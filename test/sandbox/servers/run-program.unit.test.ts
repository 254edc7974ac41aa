// Running a program: what it said, and an end in every case.

import { expect, test } from 'vitest';
import { runProgram } from '../../../src/sandbox/servers/run-program.ts';

test('what goes in, what comes out, and the exit code', async () => {
  const script = 'process.stdin.pipe(process.stdout); console.error("aside"); process.exitCode = 3;';
  const result = await runProgram(process.execPath, ['-e', script], { input: Buffer.from('in') });
  expect([result.exitCode, result.stdout.toString(), result.stderr]).toEqual([3, 'in', 'aside\n']);
});

test('a program that does not exist is a result, and leaves no timer behind', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  expect(await runProgram('ferry-no-such-program', [])).toMatchObject({ exitCode: null });
  expect(timers()).toBeLessThanOrEqual(before);
});

test('a program that does not end is ended', async () => {
  const result = await runProgram(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    timeoutMs: 200,
  });
  expect(result.exitCode).toBeNull();
});
