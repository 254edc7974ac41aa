// What people read before they click, where writes are held in another way or a revert would not keep all of them.

import { describe, expect, test } from 'vitest';
import type { ApprovalView } from '../../../src/migration/announcement.ts';
import type { Plan } from '../../../src/migration/plan.ts';
import { whyWaiting } from '../../../src/migration/why.ts';
import { card } from '../../../src/slack/blocks/card.ts';
import { approval, watching as watchingAsked } from '../../../src/slack/blocks/decisions.ts';
import { eventWords } from '../../../src/slack/blocks/events.ts';
import { toPlain } from '../../../src/slack/blocks/render-words.ts';
import { reportParagraphs } from '../../../src/slack/blocks/report.ts';
import { say, type Words } from '../../../src/slack/blocks/words.ts';
import { equal, following, migrationIn, planBetween, policy, states, watching } from '../sample.ts';

const NUMBER: Words = say`m42 #7`;

function asked(plan: Plan): string {
  const view: ApprovalView = {
    state: 'open',
    round: 3,
    digest: 'd1',
    planDigest: plan.digest,
    needed: 2,
    approvers: policy.approvers,
    not: null,
    approvals: [],
    expiresAt: null,
    cutoverAt: null,
    lag: { bytes: 312, ms: 2 },
    verification: equal,
    predictedFenceMs: plan.predictedFenceMs,
    latency: 'steady',
    wayBack: plan.pairs[0]?.wayBack ?? { possible: false, why: '' },
  };
  return approval(migrationIn({ ...following, plan }), view, NUMBER).text;
}

describe('the approval', () => {
  test.each([
    ['6.2.16', '7.0.15', 'predicted fence under 20 ms (writers wait)'],
    ['6.0.16', '6.2.16', 'predicted fence under 30 ms (writers get NOPERM)'],
    [
      '4.0.14',
      '5.0.14',
      'predicted fence under 50 ms (connections are closed, readers and writers refused), way back open',
    ],
  ])('of %s to %s says what clients will see', (from, to, words) => {
    expect(asked(planBetween(from, to))).toContain(words);
  });

  test('says that there is no way back, why, and that there is no Revert', () => {
    expect(asked(planBetween('3.2.13', '7.0.15'))).toMatch(
      /way back: none, Redis 3\.2\.13 cannot follow Redis 7\.0\.15 without .*; after the promotion there is no Revert/,
    );
  });

  test('I2 names what a revert would lose', () => {
    const text = asked(planBetween('6.0.16', '8.0.2'));
    expect(text).toContain(
      'way back open, but a revert loses writes by SETEX, SET with an expiry and XREADGROUP',
    );
    expect(asked(planBetween('7.0.15', '8.0.2'))).toMatch(/way back open\.|way back open$|way back open[^,]/);
  });
});

describe('the card', () => {
  const text = (plan: Plan, state: 'planned' | 'watching'): string => {
    const migration =
      state === 'planned' ? migrationIn({ ...states.planned, plan }) : migrationIn({ ...watching, plan });
    return JSON.stringify(card(migration, null, 'classic').blocks);
  };

  test('of a plan without a way back says so', () => {
    expect(text(planBetween('2.4.16', '2.6.16'), 'planned')).toMatch(
      /Way back\*: none \(Redis 2\.4\.16 cannot follow .*After the promotion there is no Revert\./,
    );
  });

  test('of a plan says what clients see of the fence', () => {
    expect(text(planBetween('2.6.16', '8.0.2'), 'planned')).toContain(
      'Predicted fence: under 50 ms (connections are closed, readers and writers refused).',
    );
  });

  test('I2 Revert names what it loses, on the card and in its dialog', () => {
    const blocks = text(planBetween('6.0.16', '8.0.2'), 'watching');
    expect(blocks).toContain('would keep every write but those by SETEX, SET with an expiry and XREADGROUP');
    expect(blocks).toContain('Lost: what clients wrote there by SETEX, SET with an expiry and XREADGROUP.');
    expect(text(planBetween('7.0.15', '8.0.2'), 'watching')).toContain(
      'Nothing is lost while the way back is open.',
    );
  });
});

describe('I2 what a revert loses is named wherever the way back is offered', () => {
  const migration = (from: string, to: string) => migrationIn({ ...watching, plan: planBetween(from, to) });
  const texts = (from: string, to: string): readonly string[] => {
    const of = migration(from, to);
    const { outcome } = watching;
    const open = { state: 'open', lagBytes: 0 } as const;
    const { until } = watching;
    return [
      watchingAsked(
        of,
        { kind: 'watching', round: 3, digest: 'd1', wayBack: open, until, atEnd: 'ask', open: true },
        NUMBER,
      ).text,
      toPlain(eventWords({ kind: 'cut-over', outcome, predictedFenceMs: 20, wayBack: open }, of)),
      whyWaiting({ ...of, state: { ...watching, plan: planBetween(from, to), wayBack: open } }, null, 0),
    ];
  };

  test('in the question, the event and the answer to why', () => {
    for (const text of texts('6.0.16', '8.0.2'))
      expect(text).toContain('every write but those by SETEX, SET');
    for (const text of texts('7.0.15', '8.0.2')) expect(text).toContain('would keep every write.');
  });
});

describe('the report', () => {
  const report = (plan: Plan): string =>
    reportParagraphs(migrationIn({ ...states.completed, plan }), 'classic')
      .map((words) => toPlain(words))
      .join('\n');

  test('says how the writes went over', () => {
    const text = report(planBetween('2.4.16', '8.0.2'));
    expect(text).toContain('Held by CONFIG SET requirepass, and every connection closed.');
    expect(text).toContain("All data went through a relay in Ferry's worker.");
    expect(text).toContain('Way back: none between these versions.');
    expect(report(planBetween('7.0.15', '8.0.2'))).toContain('Way back: open while Ferry watched.');
  });
});
