// docker-compose.yml keeps what Ferry needs: a Redis that forgets nothing, pinned images, health, no root.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { PROJECT_ROOT } from './support/project-files.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const compose: unknown = parse(read('docker-compose.yml'), { merge: true });

test("Ferry's Redis evicts nothing, writes an append-only file, is pinned and says when it is ready", () => {
  expect(compose).toMatchObject({
    services: {
      redis: {
        image: expect.stringMatching(/^[a-z/]+:\d+\.\d+\.\d+/),
        command: expect.arrayContaining(['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']),
        volumes: ['ferry-redis:/data'],
        healthcheck: { test: ['CMD', 'redis-cli', 'ping'] },
      },
    },
  });
});

test.each(['bot', 'worker'])(
  'the %s waits for Redis, is asked whether it is ready, and has time to hand over',
  (name) => {
    expect(compose).toMatchObject({
      services: {
        [name]: {
          command: [name],
          env_file: [{ path: '.env', required: false }],
          environment: { FERRY_REDIS_URL: 'redis://redis:6379', HEALTH_PORT: '3001' },
          volumes: ['./ferry.yaml:/app/ferry.yaml:ro'],
          depends_on: { redis: { condition: 'service_healthy' } },
          healthcheck: { test: ['CMD', 'node', '-e', expect.stringContaining(':3001/readyz')] },
          stop_grace_period: '15s',
        },
      },
    });
  },
);

test('the image is pinned and runs what was built, as an ordinary user', () => {
  const dockerfile = read('Dockerfile');
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
  expect(bases.filter((base) => !/:\d+\.\d+\.\d+/.test(base ?? ''))).toEqual([]);
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toContain('ENTRYPOINT ["node", "dist/main.js"]');
});

const hasDocker = spawnSync('docker', ['compose', 'version']).status === 0;

test.runIf(hasDocker)('docker compose takes the file as it is in a fresh clone', { timeout: 30_000 }, () => {
  const { status, stderr } = spawnSync(
    'docker',
    ['compose', '-f', 'docker-compose.yml', 'config', '--quiet'],
    {
      cwd: PROJECT_ROOT,
      encoding: 'utf8',
    },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
