// Random walks: no sequence of events, duplicates, stale buttons and wrong people breaks I1 or I4, or loses
// an announcement or a ledger entry. The walks go on plausibly about half of the time, so that they get far.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, type Event } from '../../src/migration/events.ts';
import { advance } from '../../src/migration/lifecycle.ts';
import { type Migration, PHASES, type Phase, type State } from '../../src/migration/migration.ts';
import { isOver, isReversible, writesGoTo } from '../../src/migration/questions.ts';
import { isHarmless, NOT_YET_REHEARSED } from '../../src/migration/rehearsal.ts';
import { fresh, T0 } from '../support/walk.ts';
import { ApprovalOracle } from './approval-oracle.ts';
import { eventOf, POLICIES, type Roll } from './random-events.ts';

/** What does harm where it is taken though it should not be: it comes more often. */
const MEDDLING = [
  'verified',
  'approved',
  'gate-held',
  'cutover-begun',
  'undoing',
  'undone',
  'promoted',
] as const;

const rolls: fc.Arbitrary<readonly Roll[]> = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 5, arbitrary: fc.constant('on' as const) },
      { weight: 2, arbitrary: fc.constantFrom(...MEDDLING) },
      { weight: 2, arbitrary: fc.constantFrom(...EVENT_KINDS) },
    ),
    who: fc.nat(5),
    what: fc.nat(11),
    age: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(8) }),
    gapMs: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(0, 200, 1_000, 15_000) },
      { weight: 1, arbitrary: fc.constantFrom(600_000, 1_900_000) },
    ),
  }),
  { minLength: 10, maxLength: 60 },
);
const starts = fc.constantFrom(...POLICIES).map((policy) => fresh({ policy }));

interface Taken {
  readonly before: Migration;
  readonly after: Migration;
  readonly event: Event;
  readonly now: number;
}

/** Walks and hands every event that was taken to `each`. Input that is written to throws: it is frozen. */
function wander(start: Migration, dice: readonly Roll[], each: (taken: Taken) => void): Migration {
  let migration = frozen(start);
  let now = T0;
  const moments = [migration];
  for (const roll of dice) {
    now += roll.gapMs;
    const seen = moments.at(-1 - roll.age) ?? start;
    const event = frozen(eventOf(roll, migration, seen));
    const advanced = advance(migration, event, now);
    if (advanced.kind === 'refused') {
      must(/^[A-Z@m].*[.?]$/s.test(advanced.refusal.message), advanced.refusal.message);
      continue;
    }
    const { announced } = migration;
    const inOrder = advanced.say.every(({ number }, index) => number === announced + index + 1);
    must(inOrder && advanced.migration.announced === announced + advanced.say.length, 'announcement numbers');
    must(
      advanced.audit.at === now && (advanced.audit.event === event || event.kind === 'policy-changed'),
      'the audit entry',
    );
    const before = migration;
    migration = frozen(advanced.migration);
    each({ before, after: migration, event, now });
    moments.push(migration);
  }
  return migration;
}

/** An assertion that costs nothing while it holds: it is asked at every step of every walk. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken: ${what}`);
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const field of Object.values(value)) frozen(field);
  }
  return value;
}

function walks(property: (start: Migration, dice: readonly Roll[]) => void, numRuns = 400): void {
  fc.assert(fc.property(starts, rolls, property), { numRuns });
}

/** The state that a question interrupted, or the state itself. */
function beneath(state: State): State {
  return state.phase === 'needs-human' ? state.from : state;
}

function isPromoting(state: State): boolean {
  const under = beneath(state);
  if (under.phase === 'cutting-over') return under.cutover.step === 'promoting';
  return under.phase === 'reverting' && under.cutover.step === 'promoting' && under.back === null;
}

describe('random walks', () => {
  it('get everywhere', () => {
    const reached = new Set<Phase>();
    walks((start, dice) => {
      wander(start, dice, ({ after }) => reached.add(after.state.phase));
    }, 800);
    expect([...reached].sort()).toEqual([...PHASES].sort());
  });

  it('I4 no rehearsal is approved, held, cut over or promoted, and it gets to its end all the same', () => {
    let ended = 0;
    const rehearsals = fc
      .constantFrom(...POLICIES)
      .map((policy) => fresh({ policy, rehearsal: NOT_YET_REHEARSED }));
    fc.assert(
      fc.property(rehearsals, rolls, (start, dice) => {
        const last = wander(start, dice, ({ after }) => {
          must(after.rehearsal !== null, 'it stays a rehearsal');
          must(isHarmless(after.state), `a rehearsal is ${after.state.phase}`);
          must(writesGoTo(after.state) === 'source', 'the source keeps the writes');
          must(after.cutoverAttempts === 0, 'nothing was attempted');
        });
        if (last.state.phase === 'aborted' && last.rehearsal?.outcome) ended += 1;
      }),
      { numRuns: 800 },
    );
    expect(ended).toBeGreaterThan(20);
  });

  it('I4 every cutover has enough approvals of its very round, in time, by people who may', () => {
    let begun = 0;
    walks((start, dice) => {
      const oracle = new ApprovalOracle();
      wander(start, dice, ({ before, after, event, now }) => {
        if (before.state.phase === 'following' && after.state.phase === 'cutting-over') {
          begun += 1;
          const objection = oracle.objects(before, now);
          must(objection === null, objection ?? '');
        }
        if (before.state.phase === 'watching' && after.state.phase === 'reverting') {
          const objection = oracle.objectsToRevert(before);
          must(objection === null, objection ?? '');
        }
        oracle.saw(event, before, now);
      });
    }, 800);
    expect(begun).toBeGreaterThan(20);
  });

  it('I4 a cutover is entered only from an approved following, a revert only from watching, or after a question about itself', () => {
    walks((start, dice) => {
      wander(start, dice, ({ before, after }) => {
        const entered = after.state.phase !== before.state.phase;
        const { phase } = after.state;
        if (!entered || (phase !== 'cutting-over' && phase !== 'reverting')) return;
        const from = before.state.phase === 'needs-human' ? beneath(before.state).phase : before.state.phase;
        const allowed: readonly Phase[] =
          phase === 'cutting-over' ? ['following', 'cutting-over'] : ['watching', 'reverting'];
        must(allowed.includes(from), `${phase} after ${from}`);
        must(before.state.phase !== 'needs-human' || from === phase, `${phase} by an answer in ${from}`);
      });
    });
  });

  it('I1 promoting is never followed by undoing, and only promoting by promoted', () => {
    let promoted = 0;
    walks((start, dice) => {
      wander(start, dice, ({ before, after, event }) => {
        if (event.kind === 'promoted') {
          promoted += 1;
          must(isPromoting(before.state), 'promoted without promoting');
        } else if (isPromoting(before.state)) {
          must(isPromoting(after.state), `${event.kind} led away from promoting`);
          must(!isReversible(after.state), 'promoting called reversible');
        }
      });
    }, 800);
    expect(promoted).toBeGreaterThan(20);
  });

  it('I2 nobody is promoted before the proof of its order, in either order', () => {
    const promoted = new Map<string, number>();
    walks((start, dice) => {
      wander(start, dice, ({ before, after, event }) => {
        if (event.kind !== 'promoting') return;
        const was = beneath(before.state);
        const is = beneath(after.state);
        const moving = 'cutover' in was && 'cutover' in is;
        must(moving, 'promoting outside of a cutover');
        if (!moving) return;
        const { order, offsets, holds } = is.cutover;
        promoted.set(order, (promoted.get(order) ?? 0) + 1);
        must(order === was.cutover.order && holds === was.cutover.holds, 'order or holds changed on the way');
        const proven = offsets.every(
          ({ final, markerSeen }) => final !== null || (markerSeen && order === 'promote-first'),
        );
        must(proven && offsets.length === after.pairs.length, 'promoting without a proof');
        const demoted = was.cutover.step === 'demoting';
        must(demoted === (order === 'demote-first'), `promoting from ${was.cutover.step}`);
        const timed = holds.some((hold) => hold.kind === 'pause');
        must(!timed || order === 'demote-first', 'a fence that ends by itself was to outlast the promotion');
      });
    }, 800);
    expect(promoted.get('demote-first')).toBeGreaterThan(10);
    expect(promoted.get('promote-first')).toBeGreaterThan(10);
  });

  it('I1 who takes the writes is never said wrong', () => {
    walks((start, dice) => {
      let writable: 'source' | 'target' = 'source';
      wander(start, dice, ({ before, after, event }) => {
        if (event.kind === 'promoted') writable = before.state.phase === 'reverting' ? 'source' : 'target';
        const said = writesGoTo(after.state);
        const under = beneath(after.state);
        const moving = under.phase === 'cutting-over' || under.phase === 'reverting';
        const open = moving && (said === 'nobody' || said === 'unknown');
        must(open || said === writable, `${writable} takes the writes in ${after.state.phase}, not ${said}`);
        must(!isReversible(after.state) || writable === 'source', 'reversible after the promotion');
      });
    });
  });

  it('the round never falls, and rises whenever approvals go', () => {
    walks((start, dice) => {
      wander(start, dice, ({ before, after }) => {
        must(after.round >= before.round, 'the round fell');
        const had = before.state.phase === 'following' ? before.state.approvals.length : 0;
        const has = after.state.phase === 'following' ? after.state.approvals.length : 0;
        const used = after.state.phase === 'cutting-over';
        must(had <= has || used || after.round > before.round, 'approvals went in the same round');
      });
    });
  });

  it('what is over stays as it is', () => {
    let over = 0;
    walks((start, dice) => {
      wander(start, dice, ({ before, after }) => {
        must(!isOver(before.state), `${before.state.phase} was over`);
        if (isOver(after.state)) over += 1;
      });
    });
    expect(over).toBeGreaterThan(20);
  });

  it('I12 the ledger never loses an entry, and only its state changes', () => {
    let entries = 0;
    walks((start, dice) => {
      wander(start, dice, ({ before, after }) => {
        const kept = before.ledger.every((entry, index) => {
          const now = after.ledger[index];
          return (
            now !== undefined && now.name === entry.name && now.side === entry.side && now.was === entry.was
          );
        });
        must(kept, 'a ledger entry is gone');
        entries = Math.max(entries, after.ledger.length);
      });
    });
    expect(entries).toBeGreaterThan(0);
  });

  it('what was fixed at the request stays fixed', () => {
    walks((start, dice) => {
      const { id, uid, requestedBy, requestedAt, channel, pairs } = wander(start, dice, () => {});
      expect({ id, uid, requestedBy, requestedAt, channel, pairs }).toEqual({
        id: start.id,
        uid: start.uid,
        requestedBy: start.requestedBy,
        requestedAt: start.requestedAt,
        channel: start.channel,
        pairs: start.pairs,
      });
    }, 50);
  });
});
