// The time beside a message, as people write it.

import { expect, test } from 'vitest';
import { PROJECT_ROOT } from '../../support/project-files.ts';

/** A script of the page; it has no types, and needs no page for this. */
const { clock }: { clock: (at: Date) => string } = await import(
  `${PROJECT_ROOT}src/sandbox/page/public/text.js`
);

test.each([
  ['after midnight', [0, 5, 7], '00:05:07'],
  ['in the morning', [9, 0, 0], '09:00:00'],
  ['before midnight', [23, 59, 59], '23:59:59'],
] as const)('%s', (_when, [hours, minutes, seconds], expected) => {
  expect(clock(new Date(2026, 0, 5, hours, minutes, seconds))).toBe(expected);
});
