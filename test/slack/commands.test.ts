// What people type, over both transports with the same words.

import { describe, expect, test } from 'vitest';
import type { AskRequest, Inventory } from '../../src/workflow/ports.ts';
import { ferryRedis, makeIn } from '../store/ferry-redis.ts';
import { until } from '../support/until.ts';
import { answerTo, asked, MODES, startBot } from './bot.ts';
import { findings, instance, plan, policy } from './sample.ts';
import { report } from './sample-latency.ts';

const store = ferryRedis();

describe.each(MODES)('over %s', (mode) => {
  test('migrate answers at once, makes the record and shows its card', async () => {
    const bot = await startBot({ mode, store });
    const done = await bot.slack.as('U0ANA').command('C0OPS', '/redis migrate carts-old carts-new');
    expect(done.ack.status).toBe('acked');
    const said = await answerTo(bot, 'U0ANA', 'Looking at carts-old and carts-new');
    expect(said).toContain('The card will appear in <#C0OPS> in a moment.');
    const card = await until(() => bot.slack.messages('C0OPS')[0], { what: 'the card' });
    expect(card.text).toContain('m1 · carts-old → carts-new');
    const [uid] = await bot.records.active();
    expect(bot.woken).toContain(uid);
    expect((await bot.load(uid ?? '')).requestedBy).toBe('U0ANA');
  });

  test('everything that is not a migration gets a sentence, and nothing is made', async () => {
    const bot = await startBot({ mode, store });
    const ana = bot.slack.as('U0ANA');
    const lines: readonly (readonly [string, string])[] = [
      [
        '/redis migrate cart-old carts-new',
        "I don't know `cart-old`. Did you mean `carts-old`? `/redis list` shows all 4 instances.",
      ],
      ['/redis migrate carts-old carts-old', 'are both `carts-old`'],
      ['/redis migrate carts-old carts-alias', 'are the same server (`10.0.0.5:6379`). Nothing to migrate.'],
      [
        '/redis migrate carts-old',
        'A migration needs a source and a target, for example `/redis migrate carts-old carts-new`',
      ],
      ['/redis migrate redis://10.0.0.5 carts-new', 'Ferry takes names, not addresses.'],
      ['/redis migrat a b', 'Did you mean `/redis migrate`?'],
      ['/redis', '`/redis why &lt;id&gt;`: says what a migration waits for'],
      ['/redis status', 'Nothing runs.'],
      ['/redis status m9', "I don't know a migration `m9`"],
      ['/redis list', '*staging*: `sessions`'],
      ['/redis why <!channel>', "I don't know a migration that."],
    ];
    for (const [line, expected] of lines) {
      await ana.command('C0OPS', line);
      expect(await answerTo(bot, 'U0ANA', expected)).toContain(expected);
    }
    expect(await bot.records.active()).toEqual([]);
    expect(bot.slack.messages('C0OPS')).toEqual([]);
  });

  test('migrate alone opens a modal; submitting it asks for the migration', async () => {
    const bot = await startBot({ mode, store });
    const ana = bot.slack.as('U0ANA');
    await ana.command('C0OPS', '/redis migrate');
    await until(() => ana.modal(), { what: 'the modal' });
    const choose = (source: string, target: string) => ({
      source,
      target,
    });
    await ana.submitView(choose('carts-old', 'carts-alias'));
    await until(() => ana.modal()?.errors['target']?.includes('the same server'), { what: 'the error' });
    await ana.submitView({ ...choose('carts-old', 'carts-new'), compare: 'full' });
    await answerTo(bot, 'U0ANA', 'Looking at carts-old and carts-new');
    const uid = await until(async () => (await bot.records.active())[0], { what: 'the migration' });
    const { policy } = await bot.load(uid);
    expect([policy.verification, policy.start]).toEqual(['full', 'button']);
  });

  test.each([
    ['C0OPS', 'the migration is shown there'],
    [null, 'the modal says so'],
  ])('from the home tab, where the channel of the environment is %s, %s', async (channel, _then) => {
    const bot = await startBot({ mode, store, policy: { channel } });
    const ana = bot.slack.as('U0ANA');
    await ana.openHome();
    const home = await until(() => ana.home(), { what: 'the home tab' });
    await ana.clickView(home, 'ferry.migrate');
    await until(() => ana.modal(), { what: 'the modal' });
    await ana.submitView({ source: 'carts-old', target: 'carts-new' });
    if (channel === null) {
      await until(() => ana.modal()?.errors['source']?.includes('has no channel'), { what: 'the error' });
      expect(await bot.records.active()).toEqual([]);
      return;
    }
    await answerTo(bot, 'U0ANA', 'Looking at carts-old and carts-new');
    const uid = await until(async () => (await bot.records.active())[0], { what: 'the migration' });
    expect((await bot.load(uid)).channel).toBe(channel);
  });

  test('an inventory too long for a menu is searched as one types', async () => {
    const many = Array.from({ length: 120 }, (_, i) => `shard-${i}`);
    const bot = await startBot({ mode, store, app: { inventory: inventoryWith(['old-1', ...many]) } });
    const ana = bot.slack.as('U0ANA');
    await ana.command('C0OPS', '/redis migrate');
    await until(() => ana.modal(), { what: 'the modal' });
    const offered = async (typed: string) =>
      (await ana.suggest('instance', typed)).map(({ value }) => String(value));
    expect(await offered('')).toHaveLength(100);
    expect(await offered('D-11')).toEqual([
      'shard-11',
      ...Array.from({ length: 10 }, (_, i) => `shard-11${i}`),
    ]);
    expect(await offered('nothing such')).toEqual([]);
    await ana.submitView({ source: 'shard-1', target: 'shard-2' });
    await answerTo(bot, 'U0ANA', 'Looking at shard-1 and shard-2');
  });

  test('I9: a password in the text is neither repeated nor logged', async () => {
    const bot = await startBot({ mode, store });
    const lines = [
      '/redis migrate redis://ferry:hunter2@10.0.0.5:6379 carts-new',
      '/redis check carts-old rediss://:hunter2@10.0.0.5',
      '/redis hunter2:x@host --pass hunter2',
      '/redis status password=hunter2',
    ];
    for (const [index, line] of lines.entries()) {
      await bot.slack.as('U0ANA').command('C0OPS', line);
      const answers = () =>
        bot.slack.ephemerals('U0ANA').filter((each) => each.text.includes('rotate it now'));
      await until(() => answers().length > index, { what: `the answer to line ${index}` });
    }
    const shown = JSON.stringify([...bot.slack.workspace.ephemerals, ...bot.slack.calls(), ...bot.log]);
    expect(shown).not.toContain('hunter2');
    expect(await bot.records.active()).toEqual([]);
  });

  test('a server that is part of a migration already is refused with a link to it', async () => {
    const bot = await startBot({ mode, store });
    const first = await asked(bot);
    await until(async () => (await bot.outbox.places(first.uid))['card'], { what: 'the card' });
    await bot.slack.as('U0BEN').command('C0OPS', '/redis migrate carts-alias sessions');
    const said = await answerTo(bot, 'U0BEN', 'is already part of m1 (surveying, by <@U0ANA>)');
    expect(said).toMatch(/<https:\/\/\S+\|m1>/);
    expect(await bot.records.active()).toHaveLength(1);
  });

  test('a channel without the bot: an invitation, and nothing is made', async () => {
    const bot = await startBot({ mode, store, policy: { channel: 'C0OTHER' } });
    await bot.slack.as('U0ANA').command('C0OPS', '/redis migrate carts-old carts-new');
    const said = await answerTo(bot, 'U0ANA', 'I am not in <#C0OTHER>');
    expect(said).toContain('type /invite <@U0FERRYBOT> there');
    expect(await bot.records.active()).toEqual([]);
  });

  test('a person outside of the channel of the card is answered where they typed', async () => {
    const bot = await startBot({ mode, store, policy: { channel: 'C0PROD' } });
    bot.slack.addChannel({ id: 'C0PROD', name: 'prod', members: ['U0BEN'] });
    await bot.slack.as('U0ANA').command('C0OPS', '/redis migrate carts-old carts-new');
    await answerTo(bot, 'U0ANA', 'The card will appear in <#C0PROD>');
    await until(() => bot.slack.messages('C0PROD')[0], { what: 'the card' });
  });

  test('a card in another channel: both that channel and the one where it was typed answer', async () => {
    const bot = await startBot({ mode, store, policy: { channel: 'C0PROD' } });
    bot.slack.addChannel({ id: 'C0PROD', name: 'prod', members: ['U0ANA'], hasBot: true });
    await bot.slack.as('U0ANA').command('C0OPS', '/redis migrate carts-old carts-new');
    await until(() => bot.slack.messages('C0PROD')[0], { what: 'the card' });
    const looking = () => bot.slack.ephemerals('U0ANA').filter(({ text }) => text.startsWith('Looking at'));
    await until(() => looking().length === 2, { what: 'both answers' });
    expect(
      looking()
        .map(({ channel }) => channel)
        .sort(),
    ).toEqual(['C0OPS', 'C0PROD']);
  });

  test("what Slack refuses is called Slack's, not Ferry's", async () => {
    const bot = await startBot({ mode, store });
    bot.slack.refuse('views.open', 'expired_trigger_id', 1);
    await bot.slack.as('U0ANA').command('C0OPS', '/redis migrate');
    await answerTo(bot, 'U0ANA', 'Slack did not take it (`expired_trigger_id`). Try again');
  });

  test('check says the verdict first and leaves no remedy out, however much there is to say', async () => {
    const bot = await startBot({ mode, store });
    const long = findings.map((finding, index) => ({
      ...finding,
      severity: 'warning' as const,
      message: `${index} ${'x'.repeat(900)}`,
      hint: `Do \`this ${index}\`.`,
    }));
    const many = Array.from({ length: 6 }, () => long).flat();
    bot.setAnswer(() => ({ kind: 'check', findings: many, plan: null }));
    await bot.slack.as('U0ANA').command('C0OPS', '/redis check carts-old carts-new');
    const said = await answerTo(bot, 'U0ANA', 'This migration would be refused.');
    expect(said.indexOf('would be refused')).toBeLessThan(said.indexOf('xxx'));
    expect(said.match(/Do `this \d`\./g)).toHaveLength(20);
    expect(said).toContain(`and ${many.length - 20} more.`);
  });

  test('status shows the newest first and counts the rest', async () => {
    const bot = await startBot({ mode, store });
    for (let i = 0; i < 14; i += 1) {
      const { migration } = await makeIn(store.records, 'following');
      await store.records.releaseLocks(migration.uid);
    }
    await bot.slack.as('U0ANA').command('C0OPS', '/redis status');
    const said = await answerTo(bot, 'U0ANA', 'and 2 more; the home tab of Ferry');
    const ids = [...said.matchAll(/\b(m\d+) ·/g)].map(([, id]) => id);
    expect(ids).toEqual(Array.from({ length: 12 }, (_, index) => `m${14 - index}`));
  });

  test('check and info look through a worker and answer when it is done', async () => {
    const bot = await startBot({ mode, store });
    bot.setAnswer((request) =>
      request.kind === 'check'
        ? { kind: 'check', findings, plan }
        : {
            kind: 'refused',
            refusal: { code: 'away', message: 'carts-old does not answer.', hint: 'Is it up?' },
          },
    );
    await bot.slack.as('U0ANA').command('C0OPS', '/redis check carts-old carts-new');
    await answerTo(bot, 'U0ANA', 'the answer follows here');
    expect(await answerTo(bot, 'U0ANA', '1,204 keys would be deleted on carts-new')).toContain(
      '4 checks, 1 to confirm',
    );
    await bot.slack.as('U0ANA').command('C0OPS', '/redis info carts-old');
    await answerTo(bot, 'U0ANA', 'carts-old does not answer. Is it up?');
    expect(await bot.records.active()).toEqual([]);
  });

  test('latency says at once that it measures, and shows the figures as a second answer', async () => {
    const bot = await startBot({ mode, store, richBlocks: mode === 'socket' });
    const asked: AskRequest[] = [];
    bot.setAnswer((request) => {
      asked.push(request);
      return { kind: 'latency', report };
    });
    const kim = bot.slack.as('U0KIM');
    await kim.command('C0OPS', '/redis latency carts-old');
    await answerTo(bot, 'U0KIM', 'Measuring carts-old for 10 s; the figures follow here.');
    await answerTo(bot, 'U0KIM', 'p99.9 1.9, worst 3.2. No stall. Verdict: steady.');
    await kim.command('C0OPS', '/redis latency carts-old 60s');
    await answerTo(bot, 'U0KIM', 'Measuring carts-old for 60 s');
    await until(() => asked.length === 2, { what: 'both questions' });
    expect(asked.map((each) => 'forMs' in each && each.forMs)).toEqual([10_000, 60_000]);
    const answers = bot.slack.ephemerals('U0KIM').filter(({ text }) => text.includes('987 pings'));
    // A workspace without charts gets the same bars as text.
    const shown = JSON.stringify(answers[0]?.blocks);
    expect(shown).toContain(mode === 'socket' ? 'data_visualization' : 'to 0.1 ms ███');
  });

  test.each([
    ['cart-old', 'Did you mean `carts-old`?'],
    ['carts-old 0', 'a whole number of seconds from 1 to 60, for example `/redis latency carts-old 10`'],
    ['carts-old 61', 'from 1 to 60'],
    ['carts-old soon', 'from 1 to 60'],
    ['carts-old 10 s', 'Use it like this: `/redis latency &lt;instance&gt; [seconds]`'],
  ])('latency %s is refused with a sentence, and nobody is asked', async (args, expected) => {
    const bot = await startBot({ mode, store });
    const asked: AskRequest[] = [];
    bot.setAnswer((request) => {
      asked.push(request);
      return { kind: 'latency', report };
    });
    await bot.slack.as('U0KIM').command('C0OPS', `/redis latency ${args}`);
    await answerTo(bot, 'U0KIM', expected);
    expect(asked).toEqual([]);
  });

  test('why, status, abort and approve speak about one migration; typing decides nothing', async () => {
    const bot = await startBot({ mode, store });
    const { uid } = await asked(bot);
    await bot.happens(uid, { kind: 'surveyed', findings, plan });
    const ana = bot.slack.as('U0ANA');
    await ana.command('C0OPS', '/redis why 1');
    await answerTo(bot, 'U0ANA', 'm1 waits for Start since');
    await ana.command('C0OPS', '/redis status m1');
    await answerTo(bot, 'U0ANA', 'Writes go to carts-old.');
    await ana.command('C0OPS', '/redis approve m1');
    await answerTo(bot, 'U0ANA', 'There is nothing to approve for m1 right now.');
    await ana.command('C0OPS', '/redis abort m1');
    await answerTo(bot, 'U0ANA', 'Abort m1 · carts-old → carts-new?');
    expect((await bot.load(uid)).state.phase).toBe('planned');
    const asking = bot.slack.ephemerals('U0ANA').find((each) => each.text.startsWith('*Abort m1'));
    if (asking === undefined) throw new Error('no abort to click');
    await ana.clickEphemeral(asking, 'ferry.abort');
    await until(async () => (await bot.records.wishes(uid, '0'))[0], { what: 'the wish' });
    // The answer with the button was hers alone: it says that it was taken, and offers it no more.
    const taken = () => bot.slack.ephemerals('U0ANA').find(({ text }) => text.startsWith('Taken.'));
    await until(taken, { what: 'the answer is closed' });
    expect(JSON.stringify(bot.slack.ephemerals('U0ANA'))).not.toContain('"ferry.abort"');
  });
});

function inventoryWith(names: readonly string[]): Inventory {
  return {
    names: () => names,
    find: (name) => (names.includes(name) ? instance(name, 7_000 + names.indexOf(name)) : null),
    policyOf: () => policy,
    hooks: { beforeCutover: null, switch: null },
  };
}
