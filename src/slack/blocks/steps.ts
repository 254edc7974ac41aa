// The five steps of the plan that every card shows, with the state of each and a line of detail.

import type { Migration, Phase, State } from '../../migration/migration.ts';
import type { Plan } from '../../migration/plan.ts';
import type { LiveFigures, LivePair, SyncStage } from '../../migration/progress.ts';
import { totalKeys } from '../../migration/progress.ts';
import { writesGoTo } from '../../migration/questions.ts';
import { phaseWord } from '../../migration/rehearsal.ts';
import type { Task, TaskStatus } from './block.ts';
import { duration, exactTime, number, percent, rate, size, timeLeft } from './figures.ts';
import { summary } from './finding-words.ts';
import { lagOf, verified } from './measured-words.ts';
import { sourceName } from './names.ts';
import { at, bold, join, say, type Words } from './words.ts';

const STEPS = ['survey', 'sync', 'follow and verify', 'cut over', 'watch'] as const;
/** What would come next does not, and the card says so from the beginning. */
const REHEARSED = ['survey', 'sync', 'follow and verify', 'put back, nothing is promoted'] as const;

/** Which step a phase stands on; what is before it is complete, what is after it pending. */
function stepOf(state: State, isRehearsed: boolean): number {
  const steps: Readonly<Record<Phase, number>> = {
    surveying: 0,
    refused: 0,
    planned: 1,
    syncing: 1,
    following: 2,
    'cutting-over': 3,
    watching: 4,
    reverting: 4,
    reverted: 4,
    completed: 4,
    aborting: 1,
    aborted: 1,
    'needs-human': 0,
  };
  switch (state.phase) {
    case 'aborting':
    case 'aborted':
      return isRehearsed ? REHEARSED.length - 1 : steps[state.from];
    case 'needs-human':
      return stepOf(state.from, isRehearsed);
    default:
      return steps[state.phase];
  }
}

function statusOf(state: State, isRehearsed: boolean): TaskStatus {
  switch (state.phase) {
    case 'refused':
    case 'needs-human':
      return 'error';
    case 'aborting':
      return isRehearsed ? 'in_progress' : 'error';
    case 'aborted':
      return isRehearsed ? 'complete' : 'error';
    case 'planned':
      return state.startedBy === null ? 'pending' : 'in_progress';
    case 'reverted':
    case 'completed':
      return 'complete';
    case 'surveying':
    case 'syncing':
    case 'following':
    case 'cutting-over':
    case 'watching':
    case 'reverting':
      return 'in_progress';
  }
}

export function steps(migration: Migration, live: LiveFigures | null): readonly Task[] {
  const { state } = migration;
  const isRehearsed = (migration.rehearsal?.outcome ?? null) !== null;
  const current = stepOf(state, isRehearsed);
  const reverts = state.phase === 'reverting' || state.phase === 'reverted';
  const names: readonly string[] = migration.rehearsal === null ? STEPS : REHEARSED;
  return names.map((name, index) => {
    const status = index < current ? 'complete' : index > current ? 'pending' : statusOf(state, isRehearsed);
    const title = index === 4 && reverts ? 'revert' : name;
    const details = index === current ? present(migration, live) : past(migration, index, current);
    return { id: `step-${index + 1}`, title, status, details };
  });
}

const SIGNS = { pending: '○', in_progress: '◐', complete: '✓', error: '✗' } as const;

/** A step a line, where there is no block for a plan: `✓ sync: took 1.7 s`. */
export function stepLines(tasks: readonly Task[]): Words {
  return join(
    tasks.map((task) => {
      const details = task.details.length === 0 ? [] : say`: ${task.details}`;
      return say`${SIGNS[task.status]} ${bold(task.title)}${details}`;
    }),
    '\n',
  );
}

/** What is worth remembering of a step that is done. */
function past(migration: Migration, index: number, current: number): Words {
  if (index > current) return [];
  const state = migration.state.phase === 'needs-human' ? migration.state.from : migration.state;
  const plan = planOf(state) ?? migration.rehearsal?.outcome?.plan ?? null;
  if (index === 0) return plan === null ? [] : say`${summary(plan.findings)}`;
  if (index === 1) {
    const began = migration.timeline.find((entry) => entry.phase === 'syncing')?.at;
    const done = migration.timeline.find((entry) => entry.phase === 'following')?.at;
    return began === undefined || done === undefined ? [] : say`took ${duration(done - began)}`;
  }
  const rehearsed = migration.rehearsal?.outcome ?? null;
  if (index === 2 && rehearsed !== null) return verified(rehearsed.verification);
  if (index === 2) return 'verification' in state && state.verification ? verified(state.verification) : [];
  const outcome = 'outcome' in state ? state.outcome : null;
  if (outcome === null) return [];
  const fence = outcome.fenceTimeMs === null ? 'not measured' : duration(outcome.fenceTimeMs);
  return say`at ${exactTime(outcome.fencedAt)}: fence ${fence}`;
}

function present(migration: Migration, live: LiveFigures | null): Words {
  const { state } = migration;
  switch (state.phase) {
    case 'surveying':
      return say`reading both servers`;
    case 'refused':
      return say`${summary(state.findings)}`;
    case 'planned':
      return state.startedBy === null ? say`waits for Start` : say`beginning`;
    case 'syncing':
      return join(
        state.progress.map((pair, index) => syncLine(pair.stage, live?.pairs[index] ?? null)),
        '; ',
      );
    case 'following':
      return followLine(migration, live);
    case 'cutting-over':
      if (state.byHand !== null) return ENDING;
      return say`attempt ${state.cutover.attempt}, ${STEP_WORDS[state.cutover.step]}`;
    case 'watching':
      if (state.byHand !== null) return ENDING;
      return state.closing === null ? watchLine(state.until) : say`closing, settings are being put back`;
    case 'reverting':
      if (state.byHand !== null) return ENDING;
      return state.back === null ? say`${STEP_WORDS[state.cutover.step]}` : say`settings are being put back`;
    case 'reverted':
      return say`writes go to ${sourceName(migration)} again`;
    case 'completed':
      return say`closed`;
    case 'aborting':
    case 'aborted':
      return say`${phaseWord(migration)}`;
    case 'needs-human':
      return say`stopped; a question is open`;
  }
}

const ENDING: Words = say`ending, settings are being put back`;

const STEP_WORDS = {
  fencing: 'writes are held while the last bytes arrive',
  demoting: 'the old server is read-only, the last bytes arrive',
  undoing: 'being undone',
  promoting: 'past the point of no return, finishing',
} as const;

function watchLine(until: number): Words {
  return until === Number.MAX_SAFE_INTEGER ? say`the window has ended` : say`until ${at(until)}`;
}

const STAGE_WORDS: Readonly<Record<SyncStage, string>> = {
  connecting: 'connecting',
  waiting: 'waiting for the snapshot',
  transferring: 'transferring',
  loading: 'loading',
  online: 'linked, catching up',
};

/** `transferring 2.70 of 4.41 GB (61%), 38.0 MB/s, about 45 s left`. The stage seen live wins over the record's. */
export function syncLine(recorded: SyncStage, live: LivePair | null): Words {
  if (live === null) return say`${STAGE_WORDS[recorded]}`;
  const { stage, transferredBytes, totalBytes, fraction, lagBytes } = live.observation;
  const share = percent(fraction);
  const bytes =
    transferredBytes === null
      ? share === null
        ? ''
        : ` ${share}`
      : totalBytes === null
        ? ` ${size(transferredBytes)}`
        : ` ${size(transferredBytes)} of ${size(totalBytes)}${share === null ? '' : ` (${share})`}`;
  const speed =
    live.bytesPerSecond === null || live.bytesPerSecond <= 0 ? '' : `, ${rate(live.bytesPerSecond)}`;
  const moving = stage === 'transferring' || stage === 'loading';
  const left = moving && timeLeft(live.eta) !== '' ? `, ${timeLeft(live.eta)}` : '';
  if (stage === 'online') {
    return lagBytes === null
      ? say`${STAGE_WORDS.online}`
      : say`${STAGE_WORDS.online}: ${size(lagBytes)} behind`;
  }
  return moving ? say`${STAGE_WORDS[stage]}${bytes}${speed}${left}` : say`${STAGE_WORDS[stage]}`;
}

function followLine(migration: Migration, live: LiveFigures | null): Words {
  const { state, policy } = migration;
  if (state.phase !== 'following') return [];
  const lags = (live?.pairs ?? []).map((pair) => lagOf(pair)).filter((line) => line !== '');
  const keys = (live?.pairs ?? []).map((pair) => keysOf(pair)).filter((line) => line !== '');
  const checked = state.verification === null ? verifying(live) : verified(state.verification);
  const asked =
    state.askedAt === null ? [] : [say`${state.approvals.length} of ${policy.approvals} approvals`];
  return join([...[...lags, ...keys].map((line) => say`${line}`), checked, ...asked], ', ');
}

function keysOf(pair: LivePair): string {
  const { source, target } = pair.observation;
  if (source === null || target === null) return '';
  const left = totalKeys(source.keysByDb);
  const right = totalKeys(target.keysByDb);
  return `${number(left)} ${left === right ? '=' : 'and'} ${number(right)} keys`;
}

function verifying(live: LiveFigures | null): Words {
  const done = live?.verification ?? null;
  if (done === null) return say`comparing the data`;
  return say`comparing the data: ${number(done.comparedKeys)} of ${number(done.totalKeys)} keys`;
}

/** The plan of whatever phase has one. */
export function planOf(state: State): Plan | null {
  if (state.phase === 'needs-human') return planOf(state.from);
  return 'plan' in state ? state.plan : null;
}

/** `Writes go to carts-new.` */
export function writesLine(migration: Migration): string {
  const pair = migration.pairs[0];
  const names = { source: pair?.source.name ?? 'the source', target: pair?.target.name ?? 'the target' };
  const side = writesGoTo(migration.state);
  if (side === 'nobody') return 'Writes are held for a moment.';
  if (side === 'unknown') return 'The writes are changing sides right now.';
  return `Writes go to ${names[side]}.`;
}
