// Makes sure that no server outlives the process that started it.
// On Linux the kernel does it, even when that process is SIGKILLed (setpriv is part of every util-linux).
// Elsewhere an exit handler does it, and a SIGKILLed parent leaves its servers behind.

import type { ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';
const leashed = new Set<ChildProcess>();
let watching = false;

/** The command line that starts `program` so that the kernel ends it together with this process. */
export function leashedCommand(program: string, args: readonly string[]): readonly [string, string[]] {
  if (process.platform !== 'linux' || !isExecutable(SETPRIV)) return [program, [...args]];
  return [SETPRIV, ['--pdeathsig', 'KILL', '--', program, ...args]];
}

/** Ends the child at the latest when this process exits. */
export function leash(child: ChildProcess): void {
  leashed.add(child);
  child.once('exit', () => leashed.delete(child));
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const each of leashed) each.kill('SIGKILL');
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
