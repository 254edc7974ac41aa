// Every wait, said out loud (I13): what a migration waits for, since when, what ends it and who can.
// Pure; people appear as `@[id]` and instants as `@[epoch ms]`, which Slack's renderer turns into its own.

import { mention } from './approval.ts';
import { staysHeld } from './cutover.ts';
import { clientsSide } from './latency/effect.ts';
import { baselineWanted, latencyStanding } from './latency/words.ts';
import type { ByHand, CutOver, Migration, Phase, State, Syncing, Watching } from './migration.ts';
import { droppedKeys, needsConfirmation } from './plan.ts';
import { type LiveFigures, MAX_RESTARTS, type SyncStage } from './progress.ts';
import { phaseWord } from './rehearsal.ts';
import {
  answerers,
  byWhom,
  forHowLong,
  instant,
  keys,
  listed,
  operators,
  theSource,
  theTarget,
  trimmed,
} from './waiting-words.ts';
import { keptByRevert } from './way-back-words.ts';
import { whyFollowing } from './why-following.ts';

/** A wait in parts: the card shows them without a clock, `whyWaiting` adds for how long. */
export interface Waiting {
  /** Completes "m42 waits for …". Empty: it waits for nothing any more. */
  readonly what: string;
  /** UTC epoch ms. */
  readonly since: number;
  /** Full sentences: what ends the wait, who can, what else is known. */
  readonly more: readonly string[];
}

/** One paragraph for a person, at `now` (UTC epoch ms). */
export function whyWaiting(migration: Migration, live: LiveFigures | null, now: number): string {
  const { what, since, more } = waitingFor(migration, live);
  const lead =
    what === ''
      ? `${migration.id} is ${phaseWord(migration)} since ${instant(since)} and waits for nothing.`
      : `${migration.id} waits for ${what} since ${instant(since)} (${forHowLong(now - since)}).`;
  return [lead, ...more].join(' ');
}

export function waitingFor(migration: Migration, live: LiveFigures | null): Waiting {
  const { state } = migration;
  const since = enteredAt(migration, state.phase);
  switch (state.phase) {
    case 'surveying': {
      const again = state.because === null ? [] : [`It is surveyed again because ${trimmed(state.because)}.`];
      return { what: 'the survey of both servers', since, more: [...again, 'It ends by itself in seconds.'] };
    }
    case 'planned':
      return planned(migration, state, since);
    case 'syncing':
      return syncing(migration, state, live, since);
    case 'following':
      return whyFollowing(migration, state, live, since);
    case 'cutting-over':
      if (state.byHand !== null) return endingByHand(state.byHand);
      return {
        what: 'the cutover to finish',
        since: state.cutover.beganAt,
        more: [
          state.cutover.step === 'promoting'
            ? 'It is past the point of no return and can only finish; if a server stays away, Ferry asks.'
            : `It is done or undone by ${instant(state.cutover.deadline)}; nobody needs to do anything.`,
        ],
      };
    case 'watching':
      return watching(migration, state, since);
    case 'reverting':
      if (state.byHand !== null) return endingByHand(state.byHand);
      return {
        what: state.back === null ? 'the revert to finish' : whatEnding(migration, state),
        since: state.back === null ? state.cutover.beganAt : since,
        more: [`${mention(state.by)} asked for it. It ends by itself, or Ferry asks.`],
      };
    case 'aborting':
      if (migration.rehearsal !== null && migration.rehearsal.outcome !== null) {
        return {
          what: `${theTarget(migration)} to leave the replication and its copy to be deleted`,
          since,
          more: ['The rehearsal is done; it ends by itself in seconds, and the report follows.'],
        };
      }
      return {
        what: `${theTarget(migration)} to leave the replication and its settings to be put back`,
        since,
        more: [
          `${mention(state.by)} aborted it. A load into memory cannot be called off, so the target may finish ` +
            'loading first; then it ends by itself.',
        ],
      };
    case 'needs-human':
      return {
        what: 'a person',
        since,
        more: [
          state.question,
          `The answers stand in the thread; ${answerers(migration)} can give one.`,
          'Until then Ferry changes nothing on either server.',
        ],
      };
    case 'refused':
      return {
        what: '',
        since,
        more: [
          'The survey found what forbids it; the reasons stand in the thread. Ask again once they are gone.',
        ],
      };
    case 'completed':
      return {
        what: '',
        since,
        more: [
          `Writes go to ${theTarget(migration)}${state.byHand ? ', which was made a primary by hand' : ''}.`,
          ...stillHeld(migration, state),
          ...state.leftToDo,
        ],
      };
    case 'reverted': {
      const how = state.back === null ? 'which was made a primary by hand' : 'as before';
      return { what: '', since, more: [`Writes go to ${theSource(migration)}, ${how}.`, ...state.leftToDo] };
    }
    case 'aborted':
      return { what: '', since, more: [`Writes go to ${theSource(migration)}, as before.`] };
  }
}

function planned(migration: Migration, state: Extract<State, { phase: 'planned' }>, since: number): Waiting {
  const baseline = baselineWanted(migration);
  if (state.startedBy !== null) {
    const ends = baseline.length === 0 ? '; it ends by itself in seconds' : '';
    return {
      what: 'the sync to begin',
      since,
      more: [`${byWhom(state.startedBy)} started it${ends}.`, ...baseline],
    };
  }
  const drops = droppedKeys(state.plan);
  const approvers = listed(migration.policy.approvers);
  const starters = drops > 0 ? approvers : `${mention(migration.requestedBy)} or ${approvers}`;
  const deletes = drops > 0 ? [`It deletes ${keys(drops)} on ${theTarget(migration)}.`] : [];
  const confirm = needsConfirmation(state.plan)
    ? ['The plan has points to confirm; Start confirms them.']
    : [];
  return {
    what: 'Start',
    since,
    more: [`${starters} can press it.`, ...deletes, ...confirm, 'Nothing was changed so far.'],
  };
}

function syncing(migration: Migration, state: Syncing, live: LiveFigures | null, since: number): Waiting {
  const behind = state.progress.findIndex((pair) => pair.stage !== 'online');
  const index = Math.max(0, behind);
  const stage = state.progress[index]?.stage ?? 'connecting';
  const source = migration.pairs[index]?.source.name ?? theSource(migration);
  const target = migration.pairs[index]?.target.name ?? theTarget(migration);
  const trouble = live?.pairs[index]?.observation.linkTrouble;
  const what = {
    connecting: `${target} to connect to ${source}`,
    waiting: `${source} to write its snapshot`,
    transferring: `the snapshot of ${source} to arrive at ${target}`,
    loading: `${target} to load the snapshot`,
    online: `${target} to catch up with ${source}`,
  }[stage];
  const lost =
    state.lostLinkAt === null
      ? []
      : [`The link was lost at ${instant(state.lostLinkAt)}, so earlier approvals no longer hold.`];
  return {
    what,
    since: state.lostLinkAt ?? since,
    more: [
      ...lost,
      ...(trouble === null || trouble === undefined ? [] : [`${theLink(stage)}: ${trimmed(trouble)}.`]),
      ...(state.progress[index]?.pointed === 'anew'
        ? [`${target} takes the whole snapshot anew as soon as it answers.`]
        : []),
      ...restarts(state.progress[index]?.restarts ?? 0, target),
      ...disturbed(migration),
      `It ends by itself; ${operators(migration)} can abort it.`,
    ],
  };
}

function restarts(count: number, target: string): readonly string[] {
  if (count === 0) return [];
  const often = count === 1 ? 'once' : `${count} times`;
  return [
    `The transfer began anew ${often} of ${MAX_RESTARTS}, after which Ferry sets ${target} aside and asks.`,
  ];
}

/** Where clients feel it, or nobody knows whether they do. */
function disturbed(migration: Migration): readonly string[] {
  const { latency, state } = migration;
  if (latency.verdict === 'steady') return [];
  const name = clientsSide(state) === 'source' ? theSource(migration) : theTarget(migration);
  const standing = latencyStanding(migration).replace('latency', `the latency of ${name} is`);
  return [`Meanwhile ${standing}.`];
}

function theLink(stage: SyncStage): string {
  return stage === 'online' ? 'The stream is not proved' : 'The link is not up';
}

function watching(migration: Migration, state: Watching, since: number): Waiting {
  const approvers = listed(migration.policy.approvers);
  if (state.byHand !== null) return endingByHand(state.byHand);
  if (state.closing !== null) {
    return {
      what: whatEnding(migration, state),
      since: state.closing.at,
      more: [`${byWhom(state.closing.by)} completed it; it ends by itself.`],
    };
  }
  if (state.revertBy !== null) {
    return {
      what: 'the revert to begin',
      since,
      more: [`${byWhom(state.revertBy)} asked for it; it begins as soon as its gates are open.`],
    };
  }
  const way =
    state.wayBack.state === 'open'
      ? `The way back is open and ${keptByRevert(state.plan, state.unapplied, theSource(migration))}.`
      : `The way back is closed: ${trimmed(state.wayBack.why)}.`;
  const endless = state.until === Number.MAX_SAFE_INTEGER;
  const byItself = migration.policy.watch.atEnd === 'complete';
  const end = endless
    ? 'The window has ended and nothing happens by itself.'
    : `The window ends at ${instant(state.until)}; ${byItself ? 'then Ferry completes it' : 'then Ferry asks again'}.`;
  const decide = state.wayBack.state === 'open' ? 'Revert or Complete' : 'Complete';
  return {
    what: decide,
    since,
    more: [`${approvers} can press it.`, end, way, ...disturbed(migration), ...stillHeld(migration, state)],
  };
}

/** The hook may take as long as its time-out; what it did belongs into the report. */
function whatEnding({ hooks }: Migration, state: CutOver): string {
  return hooks.switch !== null && state.switchHook === null
    ? 'the switch hook to end and its settings to be put back'
    : 'its settings to be put back';
}

function endingByHand({ by, at }: ByHand): Waiting {
  return {
    what: 'its settings to be put back',
    since: at,
    more: [
      `${mention(by)} said that the old server takes the writes again. It ends by itself, or Ferry asks.`,
    ],
  };
}

/** A server that takes writes even as a replica keeps Ferry's password, also after the end. */
function stillHeld(migration: Migration, { outcome }: CutOver): readonly string[] {
  if (!staysHeld(outcome)) return [];
  const source = theSource(migration);
  return [
    `Ferry's own password stays on ${source}, which would take writes even as a replica; ` +
      `\`npm start -- password ${migration.id}\` prints it.`,
  ];
}

/** When the present phase was last entered. */
export function enteredAt(migration: Migration, phase: Phase): number {
  return migration.timeline.findLast((entry) => entry.phase === phase)?.at ?? migration.requestedAt;
}
