// How the tests run: `unit` is pure and fast, `live` starts real servers on loopback, `browser` looks at the page.
// Two workers: live tests measure time, and the machines that run them have two cores.

import { defineConfig } from 'vitest/config';

/** Folders whose tests need no server. Everything else is live. */
const UNIT = [
  'test/*.test.ts',
  'test/migration/**/*.test.ts',
  'test/config/**/*.test.ts',
  'test/telemetry/**/*.test.ts',
  'test/slack/blocks/**/*.test.ts',
  'test/**/*.unit.test.ts',
];

const BROWSER = ['test/browser/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // A deadline, no measurement: the machines are shared.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'unit', include: UNIT } },
      {
        extends: true,
        test: {
          name: 'live',
          include: ['test/**/*.test.ts'],
          exclude: [...UNIT, ...BROWSER],
          globalSetup: ['test/support/obtain-servers.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: BROWSER,
          globalSetup: ['test/support/obtain-servers.ts', 'test/support/find-browser.ts'],
        },
      },
    ],
  },
});
