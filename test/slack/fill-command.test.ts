// `/redis fill` and `/redis clear`: who sees what, where, and which servers are refused before a worker is asked.

import { describe, expect, test } from 'vitest';
import type { AskRequest } from '../../src/workflow/ports.ts';
import { ferryRedis } from '../store/ferry-redis.ts';
import { until } from '../support/until.ts';
import { answerTo, asked, type Bot, startBot } from './bot.ts';

const store = ferryRedis();
const MB = 1024 ** 2;
const outcome = {
  task: 'fill',
  usedBytes: 512 * MB,
  targetBytes: 512 * MB,
  keys: 204_311,
  tookMs: 4_000,
  bytesPerSecond: 128 * MB,
  maxMemoryBytes: null,
} as const;

const shown = (bot: Bot) => bot.slack.messages('C0OPS').map((message) => message.text);

describe('a server for rehearsals', () => {
  test('is filled in sight of the channel: one message, edited when it is over, and an answer to who asked', async () => {
    const bot = await startBot({ mode: 'socket', store, policy: { rehearsal: true } });
    const requests: AskRequest[] = [];
    bot.setAnswer((request, tell) => {
      requests.push(request);
      tell({ task: 'fill', usedBytes: MB, goalBytes: 512 * MB, keys: 500, bytesPerSecond: null });
      return { kind: 'done', outcome };
    });
    await bot.slack.as('U0ANA').command('C0OPS', '/redis fill carts-old 512mb');
    await answerTo(bot, 'U0ANA', 'Filling carts-old to 512 MB; <#C0OPS> shows how far it is.');
    const end =
      '*carts-old is filled to 512 MB*: 204,311 keys under `ferry:fill:` written in 4.0 s, 128 MB/s.';
    await answerTo(bot, 'U0ANA', end);
    expect(shown(bot)).toEqual([`<@U0ANA> fills \`carts-old\` to 512 MB. ${end}`]);
    expect(requests).toEqual([{ kind: 'fill', instance: 'carts-old', bytes: 512 * MB, by: 'U0ANA' }]);
  });

  test('shows what a worker refuses, and what it never answered', async () => {
    const bot = await startBot({ mode: 'socket', store, policy: { rehearsal: true } });
    const said = 'carts-old (10.0.0.5:6379) is a replica, and only a primary is filled or cleared.';
    bot.setAnswer(() => ({
      kind: 'refused',
      refusal: { code: 'replica', message: said, hint: 'Name its primary.' },
    }));
    await bot.slack.as('U0ANA').command('C0OPS', '/redis clear carts-old');
    await answerTo(bot, 'U0ANA', `${said} Name its primary.`);
    bot.setAnswer(() => Promise.reject(new Error('nobody')));
    await bot.slack.as('U0ANA').command('C0OPS', '/redis clear carts-old');
    await until(() => shown(bot).some((text) => text.includes('Ferry could not do that')), {
      what: 'the message to say so',
    });
  });
});

test('a server of any other environment is refused, and nobody is asked', async () => {
  const bot = await startBot({ mode: 'socket', store });
  bot.setAnswer(() => {
    throw new Error('a worker was asked');
  });
  await bot.slack.as('U0ANA').command('C0OPS', '/redis fill carts-old 2gb');
  await answerTo(
    bot,
    'U0ANA',
    'whose servers are never filled with junk. Put the instance into an environment',
  );
  await bot.slack.as('U0ANA').command('C0OPS', '/redis clear carts-old');
  await answerTo(bot, 'U0ANA', 'whose servers are never cleared.');
  expect(shown(bot)).toEqual([]);
});

test('I6 a server of a migration is refused with a link to it', async () => {
  const bot = await startBot({ mode: 'socket', store, policy: { rehearsal: true } });
  const { uid } = await asked(bot);
  await until(async () => (await bot.outbox.places(uid))['card'], { what: 'the card' });
  await bot.slack.as('U0BEN').command('C0OPS', '/redis fill carts-new 2gb');
  await answerTo(bot, 'U0BEN', 'is already part of m1 (surveying, by <@U0ANA>)');
});

test('what was typed wrong is answered with an example', async () => {
  const bot = await startBot({ mode: 'socket', store, policy: { rehearsal: true } });
  const ana = bot.slack.as('U0ANA');
  await ana.command('C0OPS', '/redis fill carts-old plenty');
  await answerTo(bot, 'U0ANA', '`plenty` is no size. Sizes look like `512mb` or `2gb`');
  await ana.command('C0OPS', '/redis fill carts-odl 2gb');
  await answerTo(bot, 'U0ANA', 'Did you mean `carts-old`?');
  await ana.command('C0OPS', '/redis fill carts-old');
  await answerTo(
    bot,
    'U0ANA',
    'Use it like this: `/redis fill <instance> <size>`'.replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  );
});
