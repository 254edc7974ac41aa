// Runs once before the tests in a browser: finds the system's Chromium. Where CI must have one, none is a failure;
// elsewhere one line says that they do not run, and why.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestProject } from 'vitest/node';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

declare module 'vitest' {
  interface ProvidedContext {
    /** The program; null: there is none on this machine. */
    browser: string | null;
  }
}

export function setup(project: TestProject): void {
  const browser = findBrowser(process.env['PATH'] ?? '');
  if (browser === null) {
    const why = `The tests in a browser need Chromium, and there is none on PATH (${NAMES.join(', ')}).`;
    if (process.env['CI'] === 'true') throw new Error(`${why} CI must have one: apt-get install chromium.`);
    process.stderr.write(`${why} They did not run.\n`);
  }
  project.provide('browser', browser);
}

/** Null where there is none. */
export function findBrowser(path: string): string | null {
  const onPath = path.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...ELSEWHERE].find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
