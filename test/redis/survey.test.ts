import { beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { sharedServer } from '../support/servers.ts';
import { findingsOf, instanceOf, secrets } from './survey-pairs.ts';
import { surveyPair } from '../../src/redis/survey.ts';

let source: RunningServer;
let target: RunningServer;
beforeAll(async () => {
  [source, target] = await Promise.all([sharedServer('redis-7.0'), sharedServer('redis-8.0')]);
});
test('look', async () => {
  const pair = { source: instanceOf('carts-old', source), target: instanceOf('carts-new', target) };
  const began = performance.now();
  const facts = await surveyPair(pair, { secrets, ferryRunId: 'x' });
  console.log(performance.now() - began, JSON.stringify(facts, null, 1));
  console.log(Object.values(await findingsOf(pair)).map((f) => `${f.severity} ${f.check}: ${f.message} | ${f.hint}`).join('\n'));
  console.log(await source.log());
});
