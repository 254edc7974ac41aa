// A source that is restarted while its target follows: people are asked once, go on with exactly that run, and the
// move ends with every write that the source acknowledged.

import { expect, it, onTestFinished } from 'vitest';
import { ask } from '../../src/sandbox/load/resp.ts';
import { startLoadedPair } from '../support/loaded-pair.ts';
import { expectNothingWrong, underLoad } from '../support/passage.ts';
import { until } from '../support/until.ts';

async function runIdOf(server: { readonly host: string; readonly port: number }): Promise<string> {
  const [info] = await ask(server, [['INFO', 'server']]);
  return /^run_id:(\w+)/m.exec(String(info))?.[1] ?? '';
}

it('I2 I6 a source restarted while following is accepted, cut over, and nothing is lost', async () => {
  const pair = await startLoadedPair({
    source: 'redis-7.0',
    target: 'redis-8.0',
    settingsOf: { source: { appendonly: 'yes' } },
  });
  onTestFinished(() => pair.stop());
  const { load, uid } = await underLoad(pair, { prefix: 'restarted', staysMs: 0, perSecond: 500 });
  await pair.source.restart('SIGTERM');
  const runId = await runIdOf(pair.at.old);

  const { state } = await pair.reaches(uid, 'needs-human');
  if (state.phase !== 'needs-human') throw new Error(state.phase);
  expect(state.accepts?.[0]?.source.runId).toBe(runId);
  expect(state.answers[0]?.label).toBe('Go on with the restarted carts-old');
  await pair.answer(uid, 'recheck');

  await pair.cutOver(uid);
  const { byNew } = await load.figures();
  await until(async () => (await load.figures()).byNew > byNew + 500, {
    what: 'writes on the new server',
    deadlineMs: 60_000,
  });
  expectNothingWrong(await load.account(pair.at.new));
  const questions = (await pair.said(uid)).filter((body) => body.kind === 'needs-human' && body.open);
  expect(questions).toHaveLength(1);
  await load.stop();
});

it('I5 a target that comes back from a restart as a primary cannot be accepted', async () => {
  const pair = await startLoadedPair({ source: 'redis-7.0', target: 'redis-8.0' });
  onTestFinished(() => pair.stop());
  await ask(pair.at.old, [['SET', 'cart:1', 'a']]);
  const uid = await pair.follow();
  await pair.target.restart('SIGKILL');
  const { state } = await pair.reaches(uid, 'needs-human');
  expect(state).toMatchObject({ accepts: null, question: expect.stringContaining('is a primary') });
});
