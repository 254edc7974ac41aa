// Runs once before all live tests: gets the servers they need and tells them where those are.

import type { TestProject } from 'vitest/node';
import { obtainServers } from '../../src/sandbox/servers/obtain.ts';
import { REQUIRED_SERVERS } from './required-servers.ts';

export async function setup(project: TestProject): Promise<void> {
  const servers = await obtainServers(REQUIRED_SERVERS, {
    env: process.env,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  project.provide('servers', Object.fromEntries(servers));
}
