// How a click or a question reaches a worker, and what is said when none is there.

import { expect, onTestFinished, test } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import { type AskHandler, startAskWorker } from '../../src/queue/asking.ts';
import { type OpenDispatcher, openDispatcher } from '../../src/queue/dispatcher.ts';
import { subscribeWakes } from '../../src/queue/wakes.ts';
import type { AskRequest } from '../../src/workflow/ports.ts';
import { until } from '../support/until.ts';
import { aborted, queueRedis, quiet } from './queue-redis.ts';

const ferry = queueRedis();

function dispatching(): OpenDispatcher {
  const dispatcher = openDispatcher({
    connection: ferry.client(),
    redis: ferry.client(),
    blocking: ferry.client(),
    drives: ferry.drives(),
    logger: quiet,
  });
  onTestFinished(() => dispatcher.close());
  return dispatcher;
}

async function answering(answer: AskHandler): Promise<void> {
  const worker = startAskWorker({
    connection: ferry.client(),
    redis: ferry.client(),
    logger: quiet,
    answer,
  });
  onTestFinished(() => worker.stop(0));
  await worker.ready();
}

const info = (instance: string): AskRequest => ({ kind: 'info', instance });

/** An answer that names what was asked. */
const echo: AskHandler = async (request) => ({
  kind: 'refused',
  refusal: { code: 'echo', message: 'instance' in request ? request.instance : request.source, hint: '' },
});

test('questions asked at once each get their own answer', async () => {
  await answering(echo);
  const dispatcher = dispatching();
  const names = Array.from({ length: 20 }, (_, at) => `carts-${at}`);
  const answers = await Promise.all(names.map((name) => dispatcher.ask(info(name), 10_000)));
  expect(answers.map((answer) => answer.kind === 'refused' && answer.refusal.message)).toEqual(names);
});

test('two who ask do not read each other’s answers', async () => {
  await answering(echo);
  const [one, two] = [dispatching(), dispatching()];
  const [first, second] = await Promise.all([one.ask(info('a'), 10_000), two.ask(info('b'), 10_000)]);
  expect([first, second]).toMatchObject([{ refusal: { message: 'a' } }, { refusal: { message: 'b' } }]);
});

test('without a worker the person is told so in time, and nobody does the work later', async () => {
  const dispatcher = dispatching();
  const asked = dispatcher.ask(info('carts-old'), 200);
  await expect(asked).rejects.toMatchObject({
    code: 'no-worker',
    message: 'No worker took the question within 0.2 s.',
    hint: 'Is a worker running? npm start -- worker',
  });
  const seen: AskRequest[] = [];
  await answering((request, signal) => {
    seen.push(request);
    return echo(request, signal, () => undefined);
  });
  await dispatcher.ask(info('carts-new'), 10_000);
  expect(seen).toEqual([info('carts-new')]);
});

test('a worker that takes too long is told to stop, and the person hears that it was slow', async () => {
  const reasons: string[] = [];
  await answering(async (request, signal) => {
    reasons.push(await aborted(signal));
    return echo(request, signal, () => undefined);
  });
  const asked = dispatching().ask({ kind: 'check', source: 'a', target: 'b' }, 300);
  await expect(asked).rejects.toMatchObject({
    code: 'ask-late',
    message: 'Looking at a and b took longer than 0.3 s.',
  });
  await until(() => reasons.length === 1, { what: 'the work to be aborted' });
  expect(reasons[0]).toContain('TimeoutError');
});

test('progress is heard in order, and puts the deadline of both sides off', async () => {
  const told = (removed: number) => ({ task: 'clear', removed, numbered: 9 }) as const;
  const outcome = { task: 'clear', removed: 6, tookMs: 1, usedBytes: 1 } as const;
  const heard: number[] = [];
  const began = performance.now();
  let signalled = false;
  await answering(async (_request, signal, tell) => {
    for (let removed = 1; removed <= 6; removed += 1) {
      tell(told(removed));
      await until(() => heard.includes(removed) && performance.now() > began + removed * 100, {
        what: `${removed} to be heard`,
      });
    }
    signalled = signal.aborted;
    return { kind: 'done', outcome };
  });
  const asked = { kind: 'clear', instance: 'staging-a', bytes: 0, by: 'U0ANA' } as const;
  const answer = await dispatching().ask(asked, 400, (progress) => {
    if (progress.task === 'clear') heard.push(progress.removed);
  });
  expect(answer).toEqual({ kind: 'done', outcome });
  expect(heard).toEqual([1, 2, 3, 4, 5, 6]);
  expect(signalled).toBe(false);
});

test('a worker that is lost at it is known by its silence', async () => {
  await answering((_request, _signal, tell) => {
    tell({ task: 'clear', removed: 1, numbered: 9 });
    return new Promise(() => undefined);
  });
  const asked = { kind: 'fill', instance: 'staging-a', bytes: 1, by: 'U0ANA' } as const;
  await expect(dispatching().ask(asked, 300)).rejects.toMatchObject({
    code: 'ask-late',
    message: 'Nothing was heard of the fill of staging-a for 0.3 s: its worker may be lost.',
    hint: 'What is done stays done; ask again, and it goes on from there.',
  });
});

test('a failure is an answer: Ferry’s own with its hint, any other without its text (I9)', async () => {
  await answering(async (request) => {
    if (request.kind === 'check') throw new FerryError('no-such-instance', 'I do not know x.', { hint: 'y' });
    throw new Error('WRONGPASS for password hunter2');
  });
  const dispatcher = dispatching();
  const known = await dispatcher.ask({ kind: 'check', source: 'x', target: 'y' }, 10_000);
  expect(known).toEqual({
    kind: 'refused',
    refusal: { code: 'no-such-instance', message: 'I do not know x.', hint: 'y' },
  });
  const unknown = await dispatcher.ask(info('x'), 10_000);
  expect(unknown).toMatchObject({ kind: 'refused', refusal: { code: 'ask-failed' } });
  expect(JSON.stringify(unknown)).not.toContain('hunter2');
});

test('closing leaves nobody waiting', async () => {
  const dispatcher = dispatching();
  const asked = dispatcher.ask(info('carts-old'), 60_000).catch((error: unknown) => error);
  const redis = ferry.client();
  await until(async () => (await redis.keys('ferry:ask:*')).length === 1, { what: 'the question' });
  await dispatcher.close();
  expect(await asked).toMatchObject({ code: 'stopping' });
  expect(await redis.keys('ferry:ask:*')).toEqual([]);
});

test('a wake reaches the running drive at once and leaves a job for whoever is idle', async () => {
  const woken: string[] = [];
  const subscription = await subscribeWakes(ferry.client(), (uid) => woken.push(uid));
  const dispatcher = dispatching();
  await dispatcher.wake('warm-up');
  await until(() => woken.length === 1, { what: 'the first wake' });
  const before = performance.now();
  await dispatcher.wake('u1');
  await until(() => woken.includes('u1'), { what: 'the wake', deadlineMs: 1_000, everyMs: 1 });
  expect(performance.now() - before).toBeLessThan(1_000);
  expect(await ferry.unfinished()).toBe(2);

  await subscription.stop();
  await dispatcher.wake('u2');
  expect(woken).toEqual(['warm-up', 'u1']);
});

test('a wake that cannot reach Ferry’s Redis says so', async () => {
  const gone = { call: () => Promise.reject(new Error('Connection is closed.')) };
  const dispatcher = openDispatcher({
    connection: ferry.client(),
    redis: gone,
    blocking: gone,
    drives: ferry.drives(),
    logger: quiet,
  });
  onTestFinished(() => dispatcher.close());
  await expect(dispatcher.wake('u1')).rejects.toMatchObject({ code: 'queue-unreachable' });
});
