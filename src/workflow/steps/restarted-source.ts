// A source that comes back from a restart as a primary after the promotion would be a second writer (I1).
// It is made read-only, or held, again at once where the target takes the writes; if it took writes, or a person made
// it a primary, or nobody else is one, a person decides, and Ferry leaves it as it is.

import type { Event } from '../../migration/events.ts';
import { sameRun } from '../../migration/instance.ts';
import type { Answer, PairIdentity, Watching } from '../../migration/migration.ts';
import { oldTakesWrites } from '../../migration/phases/by-hand.ts';
import { usualAnswers } from '../../migration/phases/needs-human.ts';
import type { PairObservation, ServerObservation } from '../../migration/progress.ts';
import { mustStayHeld, parkFormer } from '../closing.ts';
import type { Notes } from '../notes.ts';
import type { Session } from '../session.ts';
import { standDown, standingOf } from './standing-down.ts';

/** null: the source is what it should be, or cannot be judged yet. */
export async function restartedSource(
  session: Session,
  index: number,
  state: Watching,
  seen: PairObservation,
  notes: Notes,
): Promise<Event | null> {
  if (seen.target?.role.kind === 'replica') return demotedTarget(session, index, state, seen.source);
  // What the sentry saw before it set the server aside: the look of this tick comes after it.
  const taken = session.sentry.taken(index);
  let source = taken ?? seen.source;
  if (source === null) return null;
  if (source.role.kind !== 'primary') {
    await standDown(session, index, false);
    return null;
  }
  const stays = mustStayHeld(session, index, 'source');
  if (source.held) {
    // It did not answer when it was to be set aside, and nobody could log in since.
    if (!stays) await parkFormer(session, 'source');
    return null;
  }
  const { name } = session.pair(index).source;
  const restarted = !sameRun(source.runId, state.identities[index]?.source.runId ?? '');
  const standing = taken === null ? await standingOf(session, index, state, restarted, notes) : 'may-park';
  if (standing === 'waits') return null;
  if (standing === 'may-park') {
    await parkFormer(session, 'source');
    // The same restart, if the sentry was as fast: it looked at the very moment of setting it aside.
    source = session.sentry.taken(index) ?? source;
  }
  // Not known is not none (I10).
  if (standing === 'left' || source.changesSinceLoad !== 0) {
    const found = { source, target: seen.target, restarted, isLeft: standing === 'left' };
    return tookWrites(session, index, state, found);
  }
  const why = stays
    ? `${name} was restarted without Ferry's password, and got it again before it took a write`
    : `${name} was restarted, came back as a primary and was made read-only again before it took a write`;
  return { kind: 'way-back-changed', wayBack: { state: 'closed', why } };
}

async function demotedTarget(
  session: Session,
  index: number,
  state: Watching,
  sourceSeen: ServerObservation | null,
): Promise<Event> {
  const { source, target } = session.pair(index);
  const isPrimary = sourceSeen?.role.kind === 'primary';
  if (isPrimary) await standDown(session, index, true);
  const close: Answer = {
    id: 'finish',
    label: 'Close it',
    effect: `Parks ${source.name}, puts settings back and ends the migration, if ${target.name} takes the writes again; asks anew if not.`,
  };
  return {
    kind: 'stuck',
    question: `${target.name} was promoted and is a replica now. Who takes the writes?`,
    facts: [
      `Ferry promoted ${target.name} in attempt ${state.outcome.attempt}.`,
      sourceSeen === null
        ? `${source.name} does not answer.`
        : isPrimary
          ? `${source.name} is a primary. Ferry left it so.`
          : `${source.name} is a replica too.`,
    ],
    answers: [...usualAnswers(state), ...(isPrimary ? [] : [close]), oldTakesWrites(session.migration)],
  };
}

interface Found {
  readonly source: ServerObservation;
  readonly target: ServerObservation | null;
  readonly restarted: boolean;
  /** It is a primary still. */
  readonly isLeft: boolean;
}

async function tookWrites(session: Session, index: number, state: Watching, found: Found): Promise<Event> {
  const { source, target } = session.pair(index);
  const accepts = await targetNow(session, index, state, found.target);
  const back: Answer = {
    id: 'recheck',
    label: 'Go on watching',
    effect: `Looks again; asks again while ${found.isLeft ? `${source.name} is a primary` : 'both are primaries'}.`,
  };
  return {
    kind: 'stuck',
    question: `${source.name} was a primary again and may have taken writes. What are they worth?`,
    facts: [
      whatFerryDid(session, index, found),
      changesInWords(found.source.changesSinceLoad),
      found.target === null ? `${target.name} does not answer.` : `${target.name} is a primary too.`,
    ],
    answers: [
      back,
      ...closing(session, index, found, accepts !== null),
      ...(found.isLeft ? [oldTakesWrites(session.migration)] : []),
    ],
    ...(accepts === null || accepts === state.identities ? {} : { accepts }),
  };
}

/** The target's run as it is now, locked for this migration (I6); null: it is not to be gone on with. */
async function targetNow(
  session: Session,
  index: number,
  state: Watching,
  seen: ServerObservation | null,
): Promise<readonly PairIdentity[] | null> {
  if (seen === null) return null;
  const { runId } = seen;
  if (sameRun(runId, state.identities[index]?.target.runId ?? '')) return state.identities;
  const holder = await session.workflow.records.lockRunIds(session.owner.uid, [runId]);
  if (holder !== null) return null;
  return state.identities.map((each, pair) =>
    pair === index ? { ...each, target: { ...each.target, runId } } : each,
  );
}

/** Not while the target is away: the source may be the only one that takes writes. */
function closing(session: Session, index: number, { isLeft }: Found, targetTakes: boolean): Answer[] {
  if (isLeft && !targetTakes) return [];
  const { name } = session.pair(index).source;
  const effect = mustStayHeld(session, index, 'source')
    ? `Gives ${name} Ferry's password again, puts settings back and ends the migration.`
    : `Makes ${name} read-only, puts settings back and ends the migration.`;
  return [{ id: 'finish', label: 'Close it', effect }];
}

function whatFerryDid(session: Session, index: number, { restarted, isLeft }: Found): string {
  const { name } = session.pair(index).source;
  const stays = mustStayHeld(session, index, 'source');
  if (isLeft) {
    if (restarted) return `${name} was restarted as a primary. Ferry left it so.`;
    return `Somebody ${stays ? `took Ferry's password off ${name}` : `made ${name} a primary`}. Ferry left it so.`;
  }
  const now = stays ? "lets only Ferry's password in again" : 'is read-only again';
  return `${name} was restarted as a primary; it ${now} and keeps its data.`;
}

function changesInWords(changes: number | null): string {
  if (changes === null)
    return 'How many changes it took cannot be told: it saved since, or loaded an append-only file.';
  return `${changes} changes were made on it since it loaded its data.`;
}
