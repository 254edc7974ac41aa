// The order in which announcements are posted: I7 in order within a thread, decisions first across threads.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Weight } from '../../src/migration/announcement.ts';
import { inPostingOrder } from '../../src/store/outbox-order.ts';
import type { QueuedAnnouncement } from '../../src/workflow/ports.ts';

function queued(uid: string, number: number, weight: Weight): QueuedAnnouncement {
  return {
    cursor: `${uid}-${number}`,
    uid,
    id: uid,
    announcement: { number, at: 0, weight, key: null, body: { kind: 'window-ended' } },
  };
}

function order(queue: readonly QueuedAnnouncement[]): string[] {
  return inPostingOrder(queue).map((each) => `${each.uid} #${each.announcement.number}`);
}

test('decisions before incidents before events, the oldest thread first', () => {
  const queue = [
    queued('m1', 1, 'event'),
    queued('m2', 1, 'incident'),
    queued('m3', 1, 'decision'),
    queued('m4', 1, 'decision'),
  ];
  expect(order(queue)).toEqual(['m3 #1', 'm4 #1', 'm2 #1', 'm1 #1']);
});

test('what stands before a decision in its thread goes out with it, what stands after it waits', () => {
  const queue = [
    queued('m1', 5, 'event'),
    queued('m2', 1, 'event'),
    queued('m2', 2, 'decision'),
    queued('m2', 3, 'event'),
  ];
  expect(order(queue)).toEqual(['m2 #1', 'm2 #2', 'm1 #5', 'm2 #3']);
});

test('I7 whatever waits: nothing is left out, every thread is told by its numbers', () => {
  const entry = fc.record({
    uid: fc.constantFrom('m1', 'm2', 'm3', 'm4'),
    weight: fc.constantFrom<Weight>('decision', 'incident', 'event'),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
      const queue = entries.map(({ uid, weight }, at) => queued(uid, at, weight));
      const posted = inPostingOrder(queue);
      expect(new Set(posted)).toEqual(new Set(queue));
      for (const uid of ['m1', 'm2', 'm3', 'm4']) {
        const numbers = posted.filter((each) => each.uid === uid).map((each) => each.announcement.number);
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
    }),
  );
});
