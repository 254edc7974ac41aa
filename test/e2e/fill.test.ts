// Fill and clear through everything: typed in Slack and on the command line, done by a worker, and kept apart from
// migrations of the same server (I6).

import { expect, test } from 'vitest';
import { loadConfiguration } from '../../src/config/configuration.ts';
import { parseTask, runTaskCommand } from '../../src/fill.ts';
import { textOf } from '../../src/redis/wire/reply.ts';
import { wireTo } from '../support/data.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const MB = 1024 ** 2;

test('a server is filled and cleared from Slack and from the command line, and never while it migrates', async () => {
  const rig = await startRig({ policy: ['    rehearsal: true'] });
  const redis = await wireTo(rig.source.port);
  try {
    const start = await used(redis);
    // As long as the server answers nobody, the fill has it, and its lock is kept up.
    await rig.type(`/redis fill carts-old ${start + 40 * MB}`);
    await until(async () => textOf(await redis.ask(['GET', 'ferry:lock'])).startsWith('fill-'), {
      what: 'the fill to begin',
      everyMs: 1,
    });
    rig.source.pause();
    expect(await said(rig, '/redis migrate carts-old carts-new')).toContain(
      '`carts-old` is being filled right now',
    );
    expect(await said(rig, '/redis clear carts-old')).toContain('`carts-old` is being filled right now');
    rig.source.resume();
    await shows(rig, 'carts-old is filled to ');
    // A hash table that was growing may be freed after the last look.
    expect(await used(redis)).toBeGreaterThan(start + 38 * MB);

    expect(await command(rig, 'clear', ['carts-twin'])).toMatch(
      /^carts-twin is cleared: [\d,]+ keys under ferry:fill: /,
    );
    expect(await redis.ask(['DBSIZE'])).toBe(0);

    await rig.type('/redis migrate carts-old carts-new');
    // The fill's message stands in the channel before the card.
    const asking = await until(() => offering(rig, 'ferry.start'), { what: 'Start', deadlineMs: 30_000 });
    await rig.slack.as('U0BEN').click(asking.ts, 'ferry.start');
    await rig.reaches('following');
    expect(await said(rig, '/redis fill carts-new 1gb')).toContain(
      '`carts-new` is already part of m1 (following',
    );
    // Another name of the source: only the run id tells, and only a worker can see it.
    await expect(command(rig, 'fill', ['carts-twin', '1gb'])).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringMatching(
        /^`carts-twin` \(run id \w+\) is part of m1, so it cannot be filled now\.$/,
      ),
    });
    await expect(command(rig, 'fill', ['ferrys-own', '1gb'])).rejects.toMatchObject({ code: 'ferrys-own' });
  } finally {
    redis.close();
    await rig.stop();
  }
});

async function used(redis: Awaited<ReturnType<typeof wireTo>>): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(textOf(await redis.ask(['INFO', 'memory'])))?.[1]);
}

function offering(rig: Rig, action: string) {
  const all = [...rig.slack.workspace.messages.values()];
  return all.findLast(({ blocks }) => JSON.stringify(blocks).includes(`"${action}"`));
}

/** The newest answer to Ana after she typed this. */
async function said(rig: Rig, text: string): Promise<string> {
  const before = rig.slack.ephemerals('U0ANA').length;
  await rig.type(text);
  return until(() => rig.slack.ephemerals('U0ANA')[before]?.text, { what: `an answer to ${text}` });
}

async function shows(rig: Rig, text: string): Promise<void> {
  await until(() => rig.slack.messages('C0OPS').some((message) => message.text.includes(text)), {
    what: `the channel to show ${text}`,
    deadlineMs: 30_000,
  });
}

async function command(rig: Rig, task: 'fill' | 'clear', args: readonly string[]): Promise<string> {
  const request = parseTask(task, args);
  if ('problem' in request) throw new Error(request.problem);
  const configuration = loadConfiguration(rig.variables, { slack: false, secrets: true });
  const printed: string[] = [];
  const output = { print: (line: string) => printed.push(line), progress: () => undefined };
  expect(await runTaskCommand(configuration, request, new AbortController().signal, output)).toBe(0);
  return printed.join('\n');
}
