// Starts probes in a process of their own (probing-process.mjs), and others that take the processor away from them.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ProbeSecond, Stall } from '../../src/migration/latency/reading.ts';

const PROGRAM = fileURLToPath(new URL('./probing-process.mjs', import.meta.url));
const TASKSET = '/usr/bin/taskset';

export interface ProbingOptions {
  readonly ownPort: number;
  readonly ports: readonly number[];
  readonly rate: 'full' | 'rest';
  readonly stallMs: number;
  /** The main thread computes for so long again and again; 0: it does not. */
  readonly busyMs?: number;
  /** The only processor that it may use. */
  readonly processor?: number;
}

export interface ProbingProcess {
  readonly child: ChildProcess;
  readonly seconds: readonly ProbeSecond[];
  readonly stalls: readonly Stall[];
}

export function startProbing(options: ProbingOptions): ProbingProcess {
  const seconds: ProbeSecond[] = [];
  const stalls: Stall[] = [];
  const [program, args] = bound(options.processor, process.execPath, [PROGRAM, JSON.stringify(options)]);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  let rest = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { second, stall } = JSON.parse(line) as { second?: ProbeSecond; stall?: Stall };
      if (second !== undefined) seconds.push(second);
      if (stall !== undefined) stalls.push(stall);
    }
  });
  return { child, seconds, stalls };
}

/** Processes that only compute, until the test ends. */
export function startHogs(count: number, processor?: number): void {
  for (let i = 0; i < count; i += 1) {
    const [program, args] = bound(processor, process.execPath, ['-e', 'for (;;);']);
    const child = spawn(program, args, { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
  }
}

/** From now on a process that runs uses this processor alone, where the system can do that. */
export function bind(pid: number, processor: number): void {
  if (existsSync(TASKSET))
    spawn(TASKSET, ['-a', '-c', '-p', String(processor), String(pid)], { stdio: 'ignore' });
}

function bound(processor: number | undefined, program: string, args: readonly string[]): [string, string[]] {
  if (processor === undefined || !existsSync(TASKSET)) return [program, [...args]];
  return [TASKSET, ['-c', String(processor), program, ...args]];
}
