// Runs once before all live tests: gets the servers they need and tells them where those are.

import type { TestProject } from 'vitest/node';
import { obtainServers } from '../../src/sandbox/servers/obtain.ts';
import { FULL_RUN } from './full-run.ts';
import { OFFERED_SERVERS, REQUIRED_SERVERS } from './required-servers.ts';

export async function setup(project: TestProject): Promise<void> {
  const wanted = FULL_RUN ? [...REQUIRED_SERVERS, ...OFFERED_SERVERS] : REQUIRED_SERVERS;
  const servers = await obtainServers(wanted, {
    env: process.env,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  project.provide('servers', Object.fromEntries(servers));
}
