// Builds dist/ out of src/: types stripped by the compiler, the sandbox page's files copied beside it.
// As a module it builds only when it must; run as a program it always builds.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const STAMP = join(ROOT, 'dist/.built');
const ASSETS = 'sandbox/page/public';

/** Builds when a source is newer than the last build. Without sources or a compiler, what is built is used. */
export function buildWhenNeeded() {
  if (!existsSync(join(ROOT, 'src')) || compiler() === null) {
    if (existsSync(join(ROOT, 'dist/main.js'))) return;
    throw new Error('Nothing is built and nothing can be: run npm install first.');
  }
  const builtAt = existsSync(STAMP) ? statSync(STAMP).mtimeMs : 0;
  if (newest(join(ROOT, 'src')) > builtAt) build();
}

/** Builds. Throws when the compiler finds a mistake; it has been printed then. */
export function build() {
  const tsc = compiler();
  if (tsc === null) throw new Error('The TypeScript compiler is not installed: run npm install first.');
  const startedAt = new Date();
  const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (compiled.status !== 0) throw new Error('The build failed.');
  const assets = join(ROOT, 'src', ASSETS);
  if (existsSync(assets)) cpSync(assets, join(ROOT, 'dist', ASSETS), { recursive: true });
  writeFileSync(STAMP, '');
  // What was saved while the compiler ran counts as newer.
  utimesSync(STAMP, startedAt, startedAt);
}

function compiler() {
  try {
    return join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
  } catch {
    return null;
  }
}

function newest(folder) {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? newest(path) : statSync(path).mtimeMs;
  });
  return Math.max(statSync(folder).mtimeMs, ...times);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    build();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
