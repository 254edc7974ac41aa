// Runs a command of the configuration: no shell, JSON on standard input, ended when its time is over.

import { spawn } from 'node:child_process';

export interface HookCommand {
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Between asking the command to end and ending it, ms. */
const END_GRACE_MS = 1_000;

/** ok: exit code 0 in time. What the command prints goes nowhere: it may hold anything (I9). */
export function runCommand(
  { command, timeoutMs, environment }: HookCommand,
  body: string,
  idempotencyKey: string,
): Promise<{ ok: boolean; detail: string }> {
  const [program, ...args] = command;
  if (program === undefined) return Promise.resolve({ ok: false, detail: 'no command' });
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'ignore', 'ignore'],
      shell: false,
      env: environment,
    });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), END_GRACE_MS).unref();
    }, timeoutMs);
    const end = (ok: boolean, detail: string) => {
      clearTimeout(timer);
      resolve({ ok, detail });
    };
    child.once('error', (error) =>
      end(false, 'code' in error ? `could not start: ${String(error.code)}` : 'could not start'),
    );
    child.once('exit', (code, signal) => {
      if (late) end(false, `no end within ${timeoutMs / 1_000} s`);
      else end(code === 0, code === null ? `ended by ${signal}` : `exit ${code}`);
    });
    // A command that does not read its input closes it; that is no failure.
    child.stdin.once('error', () => undefined);
    child.stdin.end(JSON.stringify({ idempotencyKey, ...parsed(body) }));
  });
}

function parsed(body: string): object {
  const value: unknown = JSON.parse(body);
  return typeof value === 'object' && value !== null ? value : {};
}
