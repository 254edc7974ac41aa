// Rising and staying counts, one spike does not; a verdict is left only after a calm while, and what is not
// measured is never calm (I10).

import { describe, expect, it } from 'vitest';
import type { ProbeSecond } from '../../../src/migration/latency/reading.ts';
import { type Judgement, judge, unjudged, unseen } from '../../../src/migration/latency/verdict.ts';
import { policy, second, silent, stalledSecond, T0, unmeasured } from './seconds.ts';

/** Seconds one after the other, from index 0 on. */
function judged(...seconds: readonly ProbeSecond[]): Judgement {
  return seconds.reduce((so, each) => judge(so, each, policy), unjudged(T0));
}

function run(count: number, from: number, of: (index: number) => ProbeSecond): ProbeSecond[] {
  return Array.from({ length: count }, (_, i) => of(from + i));
}

const quick = (index: number) => second(index, 0.06);
const slow = (index: number) => second(index, 300);
const strainedBy = (index: number) => second(index, 80);

it('is unknown before anything was measured, and steady from the first quick second on', () => {
  expect(unjudged(T0)).toMatchObject({ verdict: 'unknown', measuredSeconds: 0 });
  expect(judged(quick(0))).toMatchObject({ verdict: 'steady', why: '', measuredSeconds: 1 });
});

it('one stall of 800 ms is told, not punished', () => {
  expect(judged(...run(30, 0, quick), stalledSecond(30, 800), ...run(30, 31, quick)).verdict).toBe('steady');
  expect(judged(...run(30, 0, quick), stalledSecond(30, 800)).verdict).toBe('steady');
});

it('a few stalls in a window are no breach', () => {
  const spiky = run(60, 0, (index) => (index % 3 === 0 ? stalledSecond(index, 800) : quick(index)));
  expect(judged(...spiky).verdict).toBe('steady');
});

describe('strained', () => {
  it('after 10 s over 50 ms, not before', () => {
    expect(judged(...run(5, 0, quick), ...run(7, 5, strainedBy)).verdict).toBe('steady');
    expect(judged(...run(5, 0, quick), ...run(10, 5, strainedBy))).toMatchObject({
      verdict: 'strained',
      why: expect.stringMatching(/^p99 up to \d+ ms in 10 of the last \d+ s \(limit 50 ms for 10 s\)$/),
    });
  });

  it('one quick second in ten does not save it', () => {
    const seconds = run(12, 0, (index) => (index === 6 ? quick(index) : strainedBy(index)));
    expect(judged(...seconds).verdict).toBe('strained');
  });

  it('is left after ten calm seconds, not after nine', () => {
    const before = run(12, 0, strainedBy);
    expect(judged(...before, ...run(9, 12, quick)).verdict).toBe('strained');
    expect(judged(...before, ...run(10, 12, quick)).verdict).toBe('steady');
  });
});

describe('breached', () => {
  it('after 30 s over 250 ms; strained on the way there', () => {
    expect(judged(...run(15, 0, slow)).verdict).toBe('strained');
    expect(judged(...run(30, 0, slow))).toMatchObject({
      verdict: 'breached',
      why: expect.stringContaining('(limit 250 ms for 30 s)'),
    });
  });

  it('is over ten calm seconds after it', () => {
    const before = run(60, 0, slow);
    expect(judged(...before, ...run(9, 60, quick)).verdict).toBe('breached');
    expect(judged(...before, ...run(10, 60, quick)).verdict).toBe('steady');
  });

  it('comes from a server that answers nobody as well', () => {
    const hangs = run(40, 10, (index) => silent(index, (index - 9) * 1_000));
    expect(judged(...run(10, 0, quick), ...hangs).verdict).toBe('breached');
  });

  it('weighs more than strained where both hold', () => {
    expect(judged(...run(45, 0, slow)).verdict).toBe('breached');
  });
});

describe('I10 what is not measured', () => {
  it('is tolerated for 5 s, as when a worker changes, and unknown from then on, with the reason', () => {
    const before = run(10, 0, quick);
    expect(judged(...before, ...run(5, 10, unmeasured)).verdict).toBe('steady');
    expect(judged(...before, ...run(6, 10, unmeasured))).toMatchObject({
      verdict: 'unknown',
      why: 'the connection was refused',
      measuredSeconds: 0,
    });
  });

  it('is known again with the first second that was measured', () => {
    expect(judged(...run(10, 0, unmeasured), quick(10)).verdict).toBe('steady');
  });

  it('does not end a breach', () => {
    const before = run(40, 0, slow);
    const gaps = run(10, 40, (index) => (index % 3 === 0 ? unmeasured(index) : quick(index)));
    expect(judged(...before, ...gaps).verdict).toBe('breached');
  });

  it('is what a probe that says nothing any more gives', () => {
    expect(unseen(judged(...run(10, 0, quick)), T0 + 20_000, 9.6)).toMatchObject({
      verdict: 'unknown',
      why: 'nothing was measured for 10 s',
      since: T0 + 20_000,
    });
  });
});

it('the same second twice changes nothing', () => {
  const before = judged(...run(10, 0, quick));
  expect(judge(before, quick(9), policy)).toEqual(before);
});
