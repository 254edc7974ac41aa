// Clicks that decide, over both transports: who may, which button counts, and what two at once come to.

import { describe, expect, test } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { ferryRedis } from '../store/ferry-redis.ts';
import { until } from '../support/until.ts';
import { answerTo, asked, type Bot, MODES, startBot, untilApproval } from './bot.ts';
import { findings, plan } from './sample.ts';

const store = ferryRedis();

/** The message of a key, once it shows this. */
async function decision(bot: Bot, uid: string, key: string, containing: string) {
  return until(
    async () => {
      const ts = (await bot.outbox.places(uid))[key];
      const message = ts === undefined ? undefined : bot.slack.workspace.messages.get(ts);
      return message?.text.includes(containing) ? message : null;
    },
    { what: `${key} with "${containing}"` },
  );
}

describe.each(MODES)('over %s', (mode) => {
  test('Start names what it deletes; only approvers may; the click becomes a wish that a worker folds in', async () => {
    const bot = await startBot({ mode, store });
    const { uid } = await asked(bot);
    const { round } = await bot.happens(uid, { kind: 'surveyed', findings, plan });
    const message = await decision(bot, uid, `start:${round}`, 'Start m1');
    expect(JSON.stringify(message.blocks)).toContain('Start, delete 1,204 keys');
    await bot.slack.as('U0ANA').click(message, 'ferry.start');
    const no = await answerTo(bot, 'U0ANA', 'Starting m1 deletes 1,204 keys');
    expect(no).toContain('<!subteam^S0OWNERS>');
    await bot.slack.as('U0BEN').click(message, 'ferry.start');
    const [wish] = await until(async () => whenNotEmpty(await bot.fold(uid)), { what: 'the wish' });
    expect(wish).toMatchObject({
      kind: 'start-requested',
      by: { user: 'U0BEN', groups: ['S0OWNERS'] },
      round,
    });
    await decision(bot, uid, `start:${round}`, '<@U0BEN> started m1');
    expect(bot.slack.ephemerals('U0BEN')).toEqual([]);
  });

  test('I4: a button of an earlier round does nothing and says where the current one is', async () => {
    const bot = await startBot({ mode, store });
    const { uid, round } = await untilApproval(bot);
    const old = await decision(bot, uid, `approval:${round}`, 'Approve promotion');
    const version = old.versions.length - 1;
    await bot.happens(uid, { kind: 'fell-behind', reason: 'the link broke', linkLost: true });
    await decision(bot, uid, `approval:${round}`, 'Withdrawn');
    await bot.slack.as('U0BEN').click(old, 'ferry.approve', { version });
    const said = await answerTo(bot, 'U0BEN', 'That button belongs to an earlier state of m1');
    expect(said).toMatch(/syncing/);
    expect(said).toMatch(/<https:\/\/\S+\|here it is>/);
    expect(await bot.fold(uid)).toEqual([]);
  });

  test('not allowed: the requester and onlookers get a sentence, and nothing is wished', async () => {
    const bot = await startBot({ mode, store });
    const { uid, round } = await untilApproval(bot);
    const message = await decision(bot, uid, `approval:${round}`, 'Approve promotion');
    await bot.slack.as('U0ANA').click(message, 'ferry.approve');
    await answerTo(bot, 'U0ANA', 'can approve m1, and not <@U0ANA>, who asked for it.');
    await bot.slack.as('U0KIM').click(message, 'ferry.approve');
    await answerTo(bot, 'U0KIM', 'can approve m1.');
    expect(await bot.fold(uid)).toEqual([]);
  });

  test('two approve at once: one wins, the other learns who did', async () => {
    const bot = await startBot({ mode, store, policy: { approvals: 1 } });
    const { uid, round } = await untilApproval(bot);
    const message = await decision(bot, uid, `approval:${round}`, 'Approve promotion');
    await Promise.all([
      bot.slack.as('U0BEN').click(message, 'ferry.approve'),
      bot.slack.as('U0EVA').click(message, 'ferry.approve'),
    ]);
    const loser = await until(
      () => ['U0BEN', 'U0EVA'].find((user) => bot.slack.ephemerals(user).length > 0),
      { what: 'the one who was slower' },
    );
    const winner = loser === 'U0BEN' ? 'U0EVA' : 'U0BEN';
    const said = await answerTo(bot, loser, 'before you. Nothing more to do.');
    expect(said).toContain(`<@${winner}> approved`);
    expect(await bot.fold(uid)).toHaveLength(1);
    expect(bot.slack.ephemerals(winner)).toEqual([]);
  });

  test('a click that Slack delivers twice counts once', async () => {
    const bot = await startBot({ mode, store });
    const { uid, round } = await untilApproval(bot);
    const message = await decision(bot, uid, `approval:${round}`, 'Approve promotion');
    bot.slack.deliverTwice();
    const done = await bot.slack.as('U0BEN').click(message, 'ferry.approve');
    await until(async () => (await bot.records.wishes(uid, '0')).length > 0, { what: 'the wish' });
    await bot.slack.redeliver(done);
    await answerTo(bot, 'U0BEN', 'You approved already. Nothing more to do.');
    expect(await bot.fold(uid)).toHaveLength(1);
  });

  test('a value that is not what Ferry put there is refused', async () => {
    const bot = await startBot({ mode, store });
    const { uid, round } = await untilApproval(bot);
    const message = await decision(bot, uid, `approval:${round}`, 'Approve promotion');
    for (const value of ['', 'x', '{"uid":"u"}', `{"uid":"${uid}","round":"1","digest":"d","by":"U0BEN"}`]) {
      const before = bot.slack.ephemerals('U0BEN').length;
      const done = await bot.slack.as('U0BEN').click(tampered(message, value), 'ferry.approve');
      expect(done.ack.status).toBe('acked');
      await until(() => bot.slack.ephemerals('U0BEN').length > before, { what: `an answer to ${value}` });
    }
    expect(bot.slack.ephemerals('U0BEN').at(-1)?.text).toContain('does not carry what Ferry put there');
    expect(await bot.fold(uid)).toEqual([]);
  });

  test('groups that cannot be read hold nobody; people listed by name still pass', async () => {
    const bot = await startBot({ mode, store });
    const { uid, round } = await untilApproval(bot);
    const message = await decision(bot, uid, `approval:${round}`, 'Approve promotion');
    bot.slack.refuse('usergroups.users.list', 'plan_upgrade_required', 100);
    await bot.slack.as('U0BEN').click(message, 'ferry.approve');
    await answerTo(bot, 'U0BEN', 'I could not ask Slack who is in');
    expect(await bot.fold(uid)).toEqual([]);
    await bot.slack.as('U0EVA').click(message, 'ferry.approve');
    const folded = await until(async () => whenNotEmpty(await bot.fold(uid)), { what: 'the wish of Eva' });
    expect(folded).toMatchObject([{ kind: 'approved', by: { user: 'U0EVA', groups: [] } }]);
  });

  test('Details opens a modal, and the home tab shows what waits for whom', async () => {
    const bot = await startBot({ mode, store });
    const { uid, round } = await untilApproval(bot);
    const message = await decision(bot, uid, `approval:${round}`, 'Approve promotion');
    await bot.slack.as('U0KIM').click(message, 'ferry.details');
    const modal = await until(() => bot.slack.as('U0KIM').modal(), { what: 'the modal' });
    expect(JSON.stringify(modal.body)).toContain('m1 waits for 2 approvals');
    await bot.slack.as('U0BEN').openHome();
    const home = await until(() => bot.slack.as('U0BEN').home(), { what: 'the home of Ben' });
    const words = JSON.stringify(home.body);
    expect(words.indexOf('m1 · carts-old')).toBeLessThan(words.indexOf('"Running"'));
    await bot.slack.as('U0KIM').openHome();
    const other = await until(() => bot.slack.as('U0KIM').home(), { what: 'the home of Kim' });
    const onlooker = JSON.stringify(other.body);
    expect(onlooker.indexOf('m1 · carts-old')).toBeGreaterThan(onlooker.indexOf('"Running"'));
  });
});

test('Details of a record that is gone says so; a home tab that cannot be read does, too', async () => {
  const bot = await startBot({ mode: 'http', store });
  const { uid, round } = await untilApproval(bot);
  const message = await decision(bot, uid, `approval:${round}`, 'Approve promotion');
  await store.redis.del(keys.migration(uid));
  await bot.slack.as('U0KIM').click(message, 'ferry.details');
  await answerTo(bot, 'U0KIM', 'There is no record of this migration any more');
  await store.redis.del(keys.active);
  await store.redis.set(keys.active, 'not a set');
  await bot.slack.as('U0KIM').openHome();
  const home = await until(() => bot.slack.as('U0KIM').home(), { what: 'a home tab all the same' });
  expect(JSON.stringify(home.body)).toContain("Ferry's Redis refused SMEMBERS");
});

function whenNotEmpty<T>(list: readonly T[]): readonly T[] | null {
  return list.length > 0 ? list : null;
}

/** The same message with another value on its Approve button, as a forged request would carry. */
function tampered<M extends { readonly blocks: readonly object[] }>(message: M, value: string): M {
  const blocks: readonly object[] = JSON.parse(
    JSON.stringify(message.blocks, (key, each: unknown) => (key === 'value' ? value : each)),
  );
  return { ...message, blocks };
}
