// What others measure beside the probe, in processes of their own: a raw socket, and `redis-cli --latency`.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { ServerBinary } from '../../src/sandbox/servers/server-id.ts';

/** One reply: when its ping was sent (epoch ms), and how long it took. */
export interface Sample {
  readonly sentAt: number;
  readonly us: number;
}

export interface RawPinger {
  readonly child: ChildProcess;
  /** Ends it and gives every reply, oldest first. */
  stop(): Promise<readonly Sample[]>;
}

const PROGRAM = fileURLToPath(new URL('./raw-pinger.mjs', import.meta.url));

export async function startRawPinger(port: number, intervalMs = 10): Promise<RawPinger> {
  const child = spawn(process.execPath, [PROGRAM, String(port), String(intervalMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    output += text;
  });
  await once(child.stdout, 'data');
  return {
    child,
    async stop() {
      child.stdin.end();
      await once(child, 'close');
      const samples = JSON.parse(output.split('\n')[1] ?? '[]') as [number, number][];
      return samples.map(([sentAt, us]) => ({ sentAt, us }));
    },
  };
}

/** As redis-cli prints them: minimum and maximum in whole ms, the average with two digits. */
export interface CliLatency {
  readonly minMs: number;
  readonly maxMs: number;
  readonly averageMs: number;
  readonly count: number;
}

/** `redis-cli --latency` for some seconds, with the program that came beside the server. */
export async function cliLatency(binary: ServerBinary, port: number, seconds: number): Promise<CliLatency> {
  const [program, ...args] = [binary.program, ...binary.leadingArgs].map((part) => cliBeside(part) ?? part);
  const { stdout } = await promisify(execFile)(
    program ?? '',
    // Where the loader is told under which name to start the server, it is told under which to start this.
    [...args, '-p', String(port), '--raw', '--latency', '-i', String(seconds)],
    { env: binary.environment },
  );
  const [minMs = Number.NaN, maxMs = Number.NaN, averageMs = Number.NaN, count = Number.NaN] = stdout
    .trim()
    .split(/\s+/)
    .map(Number);
  return { minMs, maxMs, averageMs, count };
}

/** The command-line program that stands beside a server's; null: this is no server's path. */
function cliBeside(path: string): string | null {
  const name = /(redis|valkey)-(server|check-rdb)$/.exec(path)?.[1];
  if (name === undefined) return null;
  const cli = join(dirname(path), `${name}-cli`);
  return existsSync(cli) ? cli : null;
}
