// The announcer: in order and none missing (I7), whatever Slack does meanwhile; cards within their budget.

import { describe, expect, test } from 'vitest';
import type { Announcement } from '../../src/migration/announcement.ts';
import type { Incident } from '../../src/migration/latency/incident.ts';
import { ferryRedis, makeIn } from '../store/ferry-redis.ts';
import { until } from '../support/until.ts';
import { asked, type Bot, MODES, startBot, untilApproval } from './bot.ts';
import { announcements } from './gallery.ts';
import { findings, plan, policy } from './sample.ts';
import { BREACHED, incident } from './sample-latency.ts';

const store = ferryRedis();

/** The numbers that a thread shows, in the order of its messages. */
function numbers(bot: Bot, channel = 'C0OPS'): number[] {
  const root = bot.slack.messages(channel)[0]?.ts ?? '';
  const told = bot.slack.thread(channel, root).filter((message) => message.files.length === 0);
  return told.map((message) => {
    const shown = /m\d+ #(\d+)/.exec(JSON.stringify(message.versions[0]?.blocks));
    return Number(shown?.[1] ?? 0);
  });
}

/** Says so many things in one save, as a worker does in a busy minute. */
async function sayMany(bot: Bot, count: number, at = Date.now()): Promise<string> {
  const { migration, owner, revision } = await makeIn(store.records, 'following');
  const say: Announcement[] = Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    at,
    weight: index % 5 === 0 ? 'incident' : 'event',
    key: null,
    body: { kind: 'gate-held', reason: `reason ${index + 1}`, direction: 'forward' },
  }));
  await bot.records.save(owner, revision, migration, [], say, null, null);
  return migration.uid;
}

const oneTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('I7: Slack goes away in the middle and comes back: all is told, in order, none missing', async () => {
  const bot = await startBot({ mode: 'http', store });
  await sayMany(bot, 30);
  await until(() => numbers(bot).length >= 5, { what: 'the first few' });
  bot.slack.away();
  await until(() => bot.log.some((line) => line.includes('told later')), { what: 'the announcer to notice' });
  bot.slack.comeBack();
  await until(() => numbers(bot).length >= 30, { what: 'the rest', deadlineMs: 20_000 });
  const told = numbers(bot);
  expect([...new Set(told)]).toEqual(oneTo(30));
  // A reply that was under way when Slack went may be lost: that one may show twice, next to itself.
  expect(told.length).toBeLessThanOrEqual(31);
  await until(async () => (await bot.outbox.pending(1)).length === 0, { what: 'the outbox to be empty' });
});

test('I7 what is told late says when it was so, and nothing else does', async () => {
  const bot = await startBot({ mode: 'http', store });
  const was = Date.now() - 60_000;
  await sayMany(bot, 2, was);
  await until(() => numbers(bot).length >= 2, { what: 'both' });
  const late = `#2 · of <!date^${Math.floor(was / 1_000)}^`;
  expect(JSON.stringify(bot.slack.messages('C0OPS'))).not.toContain('told late');
  const root = bot.slack.messages('C0OPS')[0]?.ts ?? '';
  expect(JSON.stringify(bot.slack.thread('C0OPS', root)[1]?.versions[0]?.blocks)).toContain(late);
});

test('I7: a lost reply shows one message twice and none never', async () => {
  const bot = await startBot({ mode: 'http', store });
  await sayMany(bot, 20);
  await until(() => numbers(bot).length >= 3, { what: 'the first few' });
  bot.slack.reset('chat.postMessage', 'after', 1);
  await until(() => numbers(bot).includes(20), { what: 'the last one' });
  const told = numbers(bot);
  expect([...new Set(told)]).toEqual(oneTo(20));
  expect(told).toHaveLength(21);
});

test('states of one message that pile up are shown once, the last one', async () => {
  const bot = await startBot({ mode: 'http', store });
  const { migration, owner, revision } = await makeIn(store.records, 'following');
  const say: Announcement[] = oneTo(20).map((number) => ({
    number,
    at: Date.now(),
    weight: 'decision',
    key: 'approval:3',
    body: { kind: 'gate-held', reason: `reason ${number}`, direction: 'forward' },
  }));
  await bot.records.save(owner, revision, migration, [], say, null, null);
  await until(async () => (await bot.outbox.pending(1)).length === 0, { what: 'all told' });
  const [root] = bot.slack.messages('C0OPS');
  const told = bot.slack.thread('C0OPS', root?.ts ?? '');
  expect(told.map(({ text }) => text)).toEqual([expect.stringContaining('reason 20')]);
  expect(told[0]?.versions).toHaveLength(2);
});

test('a record that cannot be read holds up no other thread', async () => {
  const inner = store.records;
  const broken: { uid: string | null } = { uid: null };
  const load: typeof inner.load = async (uid) => {
    if (uid === broken.uid) throw new Error('record-too-new');
    return inner.load(uid);
  };
  const first = await makeIn(inner, 'following');
  broken.uid = first.migration.uid;
  const say = (number: number): Announcement => ({
    number,
    at: Date.now(),
    weight: 'decision',
    key: null,
    body: { kind: 'cutting-over', attempt: number },
  });
  await inner.save(first.owner, first.revision, first.migration, [], [say(1)], null, null);
  await inner.releaseLocks(first.migration.uid);
  const bot = await startBot({ mode: 'http', store: { records: { ...inner, load }, outbox: store.outbox } });
  const second = await makeIn(inner, 'following');
  await inner.save(second.owner, second.revision, second.migration, [], [say(1), say(2)], null, null);
  await until(() => numbers(bot).length === 2, { what: 'the other thread' });
  const left = async () => (await bot.outbox.pending(10)).map(({ uid }) => uid);
  await until(async () => (await left()).length === 1, { what: 'one to be left' });
  expect(await left()).toEqual([first.migration.uid]);
});

test('Slack says slow down: nothing is lost and nothing changes places', async () => {
  const bot = await startBot({ mode: 'http', store });
  bot.slack.limit('chat.postMessage', 1, 2);
  await sayMany(bot, 8);
  await until(() => numbers(bot).includes(8), { what: 'the last one' });
  expect(numbers(bot)).toEqual(oneTo(8));
});

test('one migration whose channel is gone does not hold up another', async () => {
  const bot = await startBot({ mode: 'http', store, policy: { channel: 'C0DEAD' } });
  bot.slack.addChannel({ id: 'C0DEAD', name: 'dead' });
  const { uid } = await asked(bot);
  await until(async () => (await bot.outbox.places(uid))['card'], { what: 'the first card' });
  bot.slack.setChannel('C0DEAD', { isArchived: true });
  await bot.happens(uid, { kind: 'surveyed', findings, plan });
  await until(() => bot.log.some((line) => line.includes('is_archived')), {
    what: 'the trouble to be logged',
  });
  const other = await store.records.create({
    requestedBy: 'U0ANA',
    requestedAt: Date.now(),
    channel: 'C0OPS',
    policy: (await bot.load(uid)).policy,
    hooks: { beforeCutover: null, switch: null },
    rehearsal: false,
    pairs: (await bot.load(uid)).pairs.map((pair) => ({
      source: {
        ...pair.source,
        name: 'x',
        address: { host: 'x', port: 1 },
        replicationAddress: { host: 'x', port: 1 },
      },
      target: {
        ...pair.target,
        name: 'y',
        address: { host: 'y', port: 1 },
        replicationAddress: { host: 'y', port: 1 },
      },
    })),
  });
  if (other.kind === 'locked') throw new Error('locked');
  await bot.happens(other.migration.uid, { kind: 'surveyed', findings, plan });
  await until(() => numbers(bot).length >= 2, { what: 'the thread of the other migration' });
  const left = async () => (await bot.outbox.pending(10)).every((queued) => queued.uid === uid);
  await until(left, { what: 'only the first migration to wait' });
  bot.slack.setChannel('C0DEAD', { isArchived: false });
  await until(() => numbers(bot, 'C0DEAD').length >= 2, {
    what: 'the rest of the first',
    deadlineMs: 20_000,
  });
});

describe('cards', () => {
  test('a keyed announcement edits its message, with text and blocks', async () => {
    const bot = await startBot({ mode: 'http', store });
    const { uid, round } = await untilApproval(bot);
    const ts = await until(async () => (await bot.outbox.places(uid))[`approval:${round}`], {
      what: 'the approval',
    });
    await bot.happens(uid, { kind: 'fell-behind', reason: 'the link broke', linkLost: true });
    const message = await until(
      () => {
        const found = bot.slack.workspace.messages.get(ts);
        return found?.text.includes('Withdrawn') ? found : null;
      },
      { what: 'the edit' },
    );
    expect(JSON.stringify(message.blocks)).not.toContain('ferry.approve');
    expect(message.blocks.length).toBeGreaterThan(1);
  });

  test('one incident is one message: edited while it lasts, closed, and what was said first stays first', async () => {
    const bot = await startBot({ mode: 'http', store });
    const { uid } = await untilApproval(bot);
    const tell = (change: Partial<Incident>) =>
      bot.happens(uid, { kind: 'incident-changed', incident: { ...incident, ...change } });
    await tell({});
    const ts = await until(async () => (await bot.outbox.places(uid))['incident:1'], {
      what: 'the incident',
    });
    const shown = () => bot.slack.workspace.messages.get(ts)?.text ?? '';
    expect(shown()).toContain('carts-old stopped answering for *92 ms* at ');
    await tell({ verdict: 'breached', why: BREACHED, effect: 'promotion-held' });
    await until(() => shown().includes('*breached*: promotion is held'), { what: 'the breach' });
    await tell({ verdict: 'breached', why: BREACHED, overAt: incident.openedAt + 71_300 });
    await until(() => shown().endsWith('Over after 71 s.'), { what: 'the end' });
    expect(inThread(bot, 'was slow')?.ts).toBe(ts);
    expect((await bot.load(uid)).latency).toMatchObject({ incidents: 1, open: [] });
  });

  test('the card follows the record, and is not edited when nothing changed', async () => {
    const looks = { count: 0 };
    const inner = store.records;
    const load: typeof inner.load = (uid) => {
      looks.count += 1;
      return inner.load(uid);
    };
    const bot = await startBot({
      mode: 'http',
      store: { records: { ...inner, load }, outbox: store.outbox },
    });
    const { uid } = await asked(bot);
    await bot.happens(uid, { kind: 'surveyed', findings, plan });
    const card = await until(
      () => {
        const found = bot.slack.messages('C0OPS')[0];
        return found?.text.includes('planned') ? found : null;
      },
      { what: 'the card to say planned' },
    );
    const versions = card.versions.length;
    const before = looks.count;
    await until(() => looks.count >= before + 3, {
      what: 'three more looks at the record',
      deadlineMs: 10_000,
    });
    expect(card.versions.length).toBe(versions);
  });

  test('a card that cannot be edited any more is posted again in its thread', async () => {
    const bot = await startBot({ mode: 'http', store });
    const { uid } = await asked(bot);
    await until(async () => (await bot.outbox.places(uid))['card'], { what: 'the card' });
    bot.slack.refuse('chat.update', 'edit_window_closed', 1);
    await bot.happens(uid, { kind: 'surveyed', findings, plan });
    const again = await until(async () => (await bot.outbox.places(uid))['card-again'], {
      what: 'the new card',
    });
    const message = bot.slack.workspace.messages.get(again);
    expect(message?.threadTs).toBe((await bot.outbox.places(uid))['card']);
    expect(message?.text).toContain('planned');
  });

  test('a migration that is over has a true card, a report, and its audit as a file', async () => {
    const bot = await startBot({ mode: 'http', store, policy: atOnce });
    await finished(bot);
    const report = await until(() => inThread(bot, 'Report of m1'), { what: 'the report' });
    await until(async () => (await bot.outbox.pending(1)).length === 0, { what: 'all told' });
    const [file] = [...bot.slack.workspace.files.values()];
    if (file === undefined) throw new Error('no file');
    expect(file.name).toBe('m1-audit.json');
    const audit: unknown = JSON.parse((file.content ?? Buffer.from('null')).toString('utf8'));
    expect(audit).toMatchObject({
      id: 'm1',
      entries: expect.arrayContaining([expect.objectContaining({ to: 'watching' })]),
    });
    expect(bot.slack.messages('C0OPS')[0]?.text).toContain('completed');
    expect(JSON.stringify(report.blocks)).toContain('Latency: not measured. No incident.');
  });

  test('an audit that cannot be uploaded is said in the report, and nothing else breaks', async () => {
    const bot = await startBot({ mode: 'http', store, policy: atOnce });
    bot.slack.refuse('files.getUploadURLExternal', 'missing_scope', 5);
    await finished(bot);
    await until(() => inThread(bot, 'could not be uploaded'), { what: 'the note' });
    await until(async () => (await bot.outbox.pending(1)).length === 0, { what: 'all told' });
  });
});

function inThread(bot: Bot, text: string) {
  const root = bot.slack.messages('C0OPS')[0]?.ts ?? '';
  return bot.slack.thread('C0OPS', root).find((message) => message.text.includes(text)) ?? null;
}

const atOnce = { cutover: { ...policy.cutover, countdownMs: 0 } };

/** A whole migration by the real lifecycle, to its report. */
async function finished(bot: Bot): Promise<void> {
  const { uid, round, digest } = await untilApproval(bot);
  for (const user of ['U0EVA', 'U0BEN']) {
    await bot.happens(uid, {
      kind: 'approved',
      by: { user, groups: ['S0OWNERS'] },
      round,
      digest,
    });
  }
  await bot.happens(uid, {
    kind: 'cutover-begun',
    deadline: Date.now() + 4_000,
    order: 'demote-first',
    holds: [{ kind: 'pause' }],
  });
  const offsets = [{ fenced: 1, final: 2, markerSeen: false }];
  await bot.happens(uid, { kind: 'demoting', offsets });
  await bot.happens(uid, { kind: 'promoting', offsets });
  const outcome = {
    direction: 'forward',
    attempt: 1,
    fencedAt: Date.now(),
    fenceTimeMs: 6.1,
    finalOffsets: [2],
    holds: [null],
    moments: [],
  } as const;
  const watching = await bot.happens(uid, {
    kind: 'promoted',
    outcome,
    wayBack: { state: 'open', lagBytes: 0 },
  });
  await bot.happens(uid, {
    kind: 'complete-requested',
    by: { user: 'U0EVA', groups: [] },
    round: watching.round,
    digest: watching.digest,
  });
  await bot.happens(uid, { kind: 'closed' });
}

describe.each(['rich', 'classic'] as const)('a workspace that knows %s blocks', (style) => {
  test('takes every card and every announcement of the gallery', async () => {
    const bot = await startBot({ mode: 'http', store, richBlocks: style === 'rich' });
    const { migration, owner, revision } = await makeIn(store.records, 'following');
    const say = announcements.map(({ announcement }) => announcement);
    await bot.records.save(owner, revision, migration, [], say, null, null);
    await until(async () => (await bot.outbox.pending(1)).length === 0, {
      what: 'all told',
      deadlineMs: 30_000,
    });
    expect(numbers(bot)).toEqual(say.map(({ number }) => number));
    const bare = bot.slack
      .thread('C0OPS', bot.slack.messages('C0OPS')[0]?.ts ?? '')
      .filter((message) => message.blocks.length === 0 && message.files.length === 0);
    expect(bare).toEqual([]);
    const refusals = bot.log.filter((line) => line.includes('using simpler ones')).length;
    expect(refusals).toBe(style === 'rich' ? 0 : 1);
  });
});

test('a bot announces nothing while another holds the lease, and goes on once it ends', async () => {
  const leaseMs = 2_000;
  const heldAt = performance.now();
  expect(await store.outbox.lead('bot-0', leaseMs)).toBe(true);
  const bot = await startBot({ mode: 'http', store });
  await sayMany(bot, 3);
  await until(() => numbers(bot).length >= 3, { what: 'this bot to tell', deadlineMs: 15_000 });
  expect(performance.now() - heldAt).toBeGreaterThan(leaseMs);
  expect(await store.outbox.lead('bot-0', leaseMs)).toBe(false);
});

test.each(MODES)('ready says whether Slack is connected (%s)', async (mode) => {
  const bot = await startBot({ mode, store, app: { lostAfterMs: 300 } });
  await until(() => bot.app.ready().ready, { what: 'ready' });
  expect(bot.lost).toEqual([]);
  if (mode === 'http') return;
  bot.slack.away();
  await until(() => !bot.app.ready().ready, { what: 'not ready' });
  await until(() => bot.lost.length === 1, { what: 'the connection to be called lost' });
  expect(bot.lost[0]).toContain('has not been connected');
  bot.slack.comeBack();
});
