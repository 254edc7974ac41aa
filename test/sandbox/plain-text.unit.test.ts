// Slack's markup as a terminal shows it.

import { expect, test } from 'vitest';
import { clockTime, plainText } from '../../src/sandbox/plain-text.ts';

const NAMES = new Map([
  ['U0ANA', 'ana'],
  ['C0OPS', 'ops'],
  ['S0OWNERS', 'redis-owners'],
]);

test.each([
  ['<@U0ANA> in <#C0OPS> asks <!subteam^S0OWNERS>', '@ana in #ops asks @redis-owners'],
  ['<@U0WHO>', '@U0WHO'],
  ['*Cut over.* Writes go to `carts-new`', 'Cut over. Writes go to carts-new'],
  ['2 * 3 * 4', '2 * 3 * 4'],
  ['<https://example.com/a|the card> and <https://example.com/b>', 'the card and https://example.com/b'],
  ['a &lt;b&gt; &amp;amp; c', 'a <b> &amp; c'],
])('%j becomes %j', (mrkdwn, plain) => {
  expect(plainText(mrkdwn, NAMES)).toBe(plain);
});

test('times are those of this machine', () => {
  expect(plainText('at <!date^1700000000^{time_secs}|22:13:20 UTC>', NAMES)).toBe(
    `at ${clockTime(1_700_000_000_000)}`,
  );
});
