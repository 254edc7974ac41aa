// How the tests run: `unit` is pure and fast, `live` starts real servers on loopback, `browser` looks at the page,
// `measuring` times servers. Four workers on two cores where tests mostly wait, two where they measure.

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

/** These time servers, and would measure their neighbours: they run after the others, one a core. */
const MEASURING = [
  'test/redis/latency/**/*.test.ts',
  'test/redis/reader-load.test.ts',
  'test/e2e/{far-and-crowded,latency,measured,under-load}.test.ts',
];

const BROWSER = ['test/browser/**/*.test.ts'];

const SERVERS = ['test/support/obtain-servers.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    // A deadline, no measurement: the machines are shared.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: UNIT, maxWorkers: 4, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'live',
          include: ['test/**/*.test.ts'],
          exclude: [...UNIT, ...MEASURING, ...BROWSER],
          globalSetup: SERVERS,
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: BROWSER,
          globalSetup: [...SERVERS, 'test/support/find-browser.ts'],
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'measuring',
          include: MEASURING,
          exclude: UNIT,
          globalSetup: SERVERS,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
