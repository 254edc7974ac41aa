// npm start, npm run sandbox: builds when it must, then runs dist/main.js in this very process,
// so that signals reach it and its exit code is ours.

import { fileURLToPath } from 'node:url';
import { buildWhenNeeded } from './build.mjs';

const main = new URL('../dist/main.js', import.meta.url);

try {
  buildWhenNeeded();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

process.argv[1] = fileURLToPath(main);
await import(main.href);
