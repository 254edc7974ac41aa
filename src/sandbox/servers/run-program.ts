// Runs a program to its end and hands back what it said. Never through a shell.

import { spawn } from 'node:child_process';

export interface ProgramResult {
  /** Null when the program could not be started or was ended by a signal. */
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs `program`, with `input` on its standard input. A missing program is a result, not an error. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { input?: Buffer; environment?: Readonly<Record<string, string>>; timeoutMs?: number } = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      ...(options.environment === undefined ? {} : { env: { ...options.environment } }),
    });
    // spawn's own time limit would keep this process alive when the program does not exist.
    const limit = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 120_000);
    const finish = (exitCode: number | null, complaint: string): void => {
      clearTimeout(limit);
      resolve({ exitCode, stdout: Buffer.concat(stdout), stderr: complaint });
    };
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (error) => finish(null, error.message));
    child.on('close', (exitCode) => finish(exitCode, Buffer.concat(stderr).toString('utf8')));
    // A program that stops reading early (EPIPE) says why by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input);
  });
}
