// Starts and watches a worker that fails on purpose (faulty-worker.mjs). Needs the built program.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Rig } from './rig.ts';
import { until } from './until.ts';

export type Moment = 'before' | 'after';

/** Where and how it fails: once, in its first or second cutover (a revert is the second). */
export interface Fault {
  readonly moment: Moment;
  readonly act: string;
  readonly deed: 'kill' | 'sleep';
  readonly cutover: 1 | 2;
}

/** One act as its trace told it. */
export interface TracedAct {
  readonly moment: Moment;
  readonly act: string;
  readonly cutovers: number;
}

/** How an act on a server or a save ended; `did` is `promote:target`, `save:watching`. */
export interface Deed {
  readonly did: string;
  readonly epoch: number;
  readonly kind: 'done' | 'refused' | 'unknown';
}

export interface FaultyWorker {
  acts(): readonly TracedAct[];
  /** The fault has struck. */
  hasFailed(): boolean;
  /** Ends its sleep and waits until it runs again. */
  wake(): Promise<void>;
  /** What it did after it woke, under the ownership that it had when it fell asleep. */
  lateDeeds(): readonly Deed[];
  /** It noticed that it is not the owner any more, after it woke. */
  hasGivenUp(): boolean;
  output(): string;
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('./faulty-worker.mjs', import.meta.url));

export async function startFaultyWorker(rig: Rig, fault: Fault | null): Promise<FaultyWorker> {
  const outputFile = join(rig.folder, 'faulty-worker.log');
  const wakeFile = join(rig.folder, 'wake');
  const output = openSync(outputFile, 'a');
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ fault, wakeFile })], {
    stdio: ['pipe', output, output],
    env: { PATH: process.env['PATH'], ...rig.variables },
  });
  closeSync(output);
  child.stdin?.on('error', () => undefined);
  const read = () => readFileSync(outputFile, 'utf8');
  const worker = watched(child, read, wakeFile);
  await until(() => lines(read()).some((line) => line['started'] === true) || child.exitCode !== null, {
    what: 'the worker starts',
    deadlineMs: 40_000,
  });
  if (child.exitCode !== null) throw new Error(`The worker did not start: ${read()}`);
  return worker;
}

function watched(child: ChildProcess, read: () => string, wakeFile: string): FaultyWorker {
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  /** Its lines since it woke; none before. */
  const late = () => {
    const all = lines(read());
    const awake = all.findIndex((line) => line['awake'] === true);
    return awake === -1 ? [] : all.slice(awake);
  };
  return {
    acts: () => lines(read()).filter(isTracedAct),
    hasFailed: () => lines(read()).some((line) => 'failing' in line),
    async wake() {
      writeFileSync(wakeFile, '');
      await until(() => late().length > 0, { what: 'the sleeper wakes' });
    },
    lateDeeds() {
      const all = lines(read());
      const failedAt = all.findIndex((line) => 'failing' in line);
      const epochs = all.slice(0, failedAt).filter(isDeed);
      const epoch = epochs.at(-1)?.epoch;
      return late()
        .filter(isDeed)
        .filter((deed) => deed.epoch === epoch);
    },
    hasGivenUp: () => late().some((line) => line['msg'] === 'stopped driving'),
    output: read,
    async stop() {
      if (hasEnded()) return;
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    },
  };
}

type Line = Readonly<Record<string, unknown>>;

function lines(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    // The last line may be half written.
    if (!line.startsWith('{') || !line.endsWith('}')) return [];
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? [{ ...parsed }] : [];
  });
}

function isTracedAct(line: Line): line is Line & TracedAct {
  return typeof line['act'] === 'string' && typeof line['moment'] === 'string' && 'cutovers' in line;
}

function isDeed(line: Line): line is Line & Deed {
  return typeof line['did'] === 'string' && typeof line['epoch'] === 'number';
}
