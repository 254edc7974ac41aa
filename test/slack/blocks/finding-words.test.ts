// A finding that is longer than its place: what to do about it stays whole.

import { expect, test } from 'vitest';
import type { Finding } from '../../../src/migration/finding.ts';
import { checkBlocks } from '../../../src/sandbox/slack/blocks/check-blocks.ts';
import { announcementMessage } from '../../../src/slack/blocks/announcement.ts';
import { card } from '../../../src/slack/blocks/card.ts';
import { shortened } from '../../../src/slack/blocks/finding-words.ts';
import { migrationIn, T } from '../sample.ts';

const REMEDY = `Give it: \`ACL SETUSER ferry ${Array.from({ length: 25 }, (_, i) => `+command|${i}`).join(' ')}\`.`;
const refused = (check: string): Finding => ({
  check,
  title: check,
  severity: 'blocker',
  message: `On carts-old, user \`ferry\` may not run ${'CONFIG REWRITE, '.repeat(60)}`,
  hint: REMEDY,
});

test('as much of the message as fits goes before its hint', () => {
  const said = shortened(refused('permissions'), 600);
  expect(said.length).toBeLessThanOrEqual(600);
  expect(said.endsWith(`… ${REMEDY}`)).toBe(true);
  expect(shortened({ ...refused('permissions'), hint: '' }, 50)).toHaveLength(50);
});

test.each(['rich', 'classic'] as const)(
  '%s: a refusal for several long reasons names every remedy',
  (style) => {
    const findings = ['one', 'two', 'three'].map(refused);
    const migration = migrationIn({ phase: 'refused', findings });
    const body = { kind: 'survey-done', findings, refused: true } as const;
    const told = announcementMessage(
      { number: 2, at: T, weight: 'event', key: null, body },
      migration,
      style,
    );
    for (const { blocks } of [told, card(migration, null, style)]) {
      const words = JSON.stringify(blocks.filter(({ type }) => type === 'section'));
      expect(words.match(/\+command\|24`\./g)).toHaveLength(3);
      expect(checkBlocks(blocks, 'message', { hasRichBlocks: style === 'rich' })).toEqual([]);
    }
  },
);
