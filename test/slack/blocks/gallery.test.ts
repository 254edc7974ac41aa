// Every card and announcement, as people see it: snapshots of the words, and the limits kept in all of them.

import { describe, expect, test } from 'vitest';
import { checkBlocks } from '../../../src/sandbox/slack/blocks/check-blocks.ts';
import { checkView } from '../../../src/sandbox/slack/blocks/check-view.ts';
import { announcementMessage } from '../../../src/slack/blocks/announcement.ts';
import type { Message, Style } from '../../../src/slack/blocks/block.ts';
import { card } from '../../../src/slack/blocks/card.ts';
import { detailsView, homeView } from '../../../src/slack/blocks/details.ts';
import { latencyAnswer } from '../../../src/slack/blocks/latency-answer.ts';
import { announcements, cards } from '../gallery.ts';
import { T } from '../sample.ts';
import { reports } from '../sample-latency.ts';

const STYLES: readonly Style[] = ['rich', 'classic'];

const messages = STYLES.flatMap((style) => [
  ...cards.map(({ name, migration, live }) => ({
    name: `${style} card: ${name}`,
    style,
    message: card(migration, live, style),
  })),
  ...announcements.map(({ name, announcement, migration }) => ({
    name: `${style} announcement: ${name}`,
    style,
    message: announcementMessage(announcement, migration, style),
  })),
  ...reports.map((report, index) => ({
    name: `${style} answer: latency ${index + 1}`,
    style,
    message: latencyAnswer(report, style),
  })),
]);

describe.each(messages)('$name', ({ message, style }) => {
  test('keeps within what Slack takes', () => {
    const problems = checkBlocks(message.blocks, 'message', { hasRichBlocks: style === 'rich' });
    expect(problems).toEqual([]);
    expect(JSON.stringify(message.blocks).length).toBeLessThan(12_000);
    expect(message.text.length).toBeGreaterThan(10);
    expect(message.text.length).toBeLessThanOrEqual(4_000);
  });

  test('lets nothing that is not ours become a mention or a link', () => {
    for (const text of [message.text, ...mrkdwnIn(message.blocks)]) {
      expect(text).not.toMatch(/<!(channel|here|everyone)/);
      expect(text).not.toContain('<https://evil');
      // Within a code span a mark of ours is a name that somebody else chose.
      expect(text.replaceAll(/`[^`]*`/g, '')).not.toContain('@[');
    }
  });
});

test.each(messages.filter(({ name }) => !name.includes('hostile')))(
  '$name reads as before',
  ({ message }) => {
    expect(readable(message)).toMatchSnapshot();
  },
);

test.each(cards)('details and home of $name keep within what Slack takes', ({ migration, live }) => {
  const details = detailsView(migration, live, T + 3_600_000);
  expect(checkView(details, 'modal', { hasRichBlocks: true })).toEqual([]);
  const entry = { migration, live, url: 'https://ferry.slack.com/archives/C0OPS/p1' };
  const many = { shown: Array(40).fill(entry), total: 140 };
  const none = { shown: [], total: 0 };
  const home = homeView({
    running: many,
    waiting: many,
    recent: none,
    command: '/redis',
    now: T + 3_600_000,
  });
  expect(JSON.stringify(home)).toContain('and 115 more');
  expect(checkView(home, 'home', { hasRichBlocks: false })).toEqual([]);
});

test('a card does not change because time passes: nothing is edited without news', () => {
  const [first] = cards;
  if (first === undefined) throw new Error('the gallery is empty');
  expect(card.length).toBe(3);
  expect(card(first.migration, first.live, 'rich')).toEqual(card(first.migration, first.live, 'rich'));
});

test('the plan keeps its block id through all phases', () => {
  const ids = cards.map(({ migration, live }) =>
    card(migration, live, 'rich').blocks.find((block) => block.type === 'plan'),
  );
  expect(new Set(ids.map((block) => block?.block_id))).toEqual(new Set(['ferry-plan']));
});

/** What Slack interprets; raw and rich text it shows as it is. */
function mrkdwnIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwnIn);
  if (typeof value !== 'object' || value === null) return [];
  const own = 'type' in value && value.type === 'mrkdwn' && 'text' in value ? [String(value.text)] : [];
  return [...own, ...Object.values(value).flatMap(mrkdwnIn)];
}

/** The text, and of each block the words in it, a line each. */
function readable(message: Message): string {
  const lines = message.blocks.map((block) => `[${block.type}] ${wordsIn(block).join(' | ')}`);
  return [message.text, ...lines].join('\n');
}

const SHOWN = new Set(['text', 'title', 'status', 'user_id', 'usergroup_id', 'fallback', 'action_id']);

function wordsIn(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return SHOWN.has(key) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((each) => wordsIn(each, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => wordsIn(each, name));
}
