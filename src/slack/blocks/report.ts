// How it ended: the closing lines on the card, and the report in the thread.

import { type CutoverOutcome, staysHeld } from '../../migration/cutover.ts';
import type { CutOver, Migration, State } from '../../migration/migration.ts';
import type { LedgerEntry } from '../../migration/plan.ts';
import { writesGoTo } from '../../migration/questions.ts';
import { phaseWord, timelineWord } from '../../migration/rehearsal.ts';
import type { Style } from './block.ts';
import { counted, duration, exactTime, number, size } from './figures.ts';
import { transferLines } from './forecast-words.ts';
import { stageLines, stagesLine } from './latency-stages.ts';
import { verified } from './measured-words.ts';
import { sourceName, targetName, title } from './names.ts';
import { copyWords, rehearsalParagraphs } from './rehearsal-words.ts';
import { clientsSee, routeLines } from './route-words.ts';
import { worthOf } from './verification-words.ts';
import { refusedLine } from './way-back.ts';
import { at, bold, code, join, prose, say, type Words, who } from './words.ts';

type Closed = Extract<State, { phase: 'completed' | 'reverted' }>;

/** One paragraph for the card of a migration that was cut over and is closed. */
export function closing(migration: Migration): Words {
  const { state } = migration;
  if (state.phase !== 'completed' && state.phase !== 'reverted') return [];
  return join(
    [
      closedWords(migration, state),
      say`Fence ${fenceTime(state.outcome)}.`,
      ...oldClients(state),
      stagesLine(migration),
      say`Moved ${moved(state)}.`,
      say`Compared: ${verified(state.verification)}.`,
      say`${settings(migration.ledger)}`,
      ...stillHeld(migration, state),
      ...left(state),
      say`Approved by ${approvers(state)}.`,
    ],
    ' ',
  );
}

function closedWords(migration: Migration, state: Closed): Words {
  const byHand = byHandWords(migration, state);
  if (byHand !== null) return say`Ended by ${who(state.by)} after ${took(migration)}. ${byHand}`;
  return state.phase === 'completed'
    ? say`All steps done in ${took(migration)}.`
    : say`Reverted by ${who(state.by)} after ${took(migration)}; writes go to ${sourceName(migration)} again.`;
}

/** A person gave the writes to a server: Ferry read no offset there, and proves nothing. null: Ferry did it. */
function byHandWords(migration: Migration, state: Closed): string | null {
  const [source, target] = [sourceName(migration), targetName(migration)];
  if (state.phase === 'completed') return state.byHand ? handed(target, source) : null;
  return state.back === null ? handed(source, target) : null;
}

function handed(to: string, from: string): string {
  return `Writes go to ${to}, which was made a primary by hand. Ferry did not compare it with ${from}: what ${from} took last may be missing there.`;
}

/** What people have to do because Ferry could not. */
function left(state: Closed): readonly Words[] {
  return state.leftToDo.map((each) => prose(each));
}

/** The report, a paragraph an entry; the first stands alone as the message's text. */
export function reportParagraphs(migration: Migration, style: Style): readonly Words[] {
  const { state } = migration;
  const head = say`${bold(`Report of ${title(migration)}`)}: ${phaseWord(migration)} after ${took(migration)}.`;
  const timeline = say`${bold('Timeline')}\n${join(
    migration.timeline.map(({ phase, at: when }) => say`${at(when)} ${timelineWord(migration, phase)}`),
    '\n',
  )}`;
  const { rehearsal } = migration;
  if (rehearsal !== null && rehearsal.outcome !== null) {
    const copy = state.phase === 'aborted' ? copyWords(migration, state.targetKeys) : '';
    const end = say`${settings(migration.ledger)} ${copy} Writes go to ${sourceName(migration)}, as before.`;
    return [
      head,
      timeline,
      ...rehearsalParagraphs(migration, rehearsal.outcome),
      latency(migration, style),
      end,
    ];
  }
  if (state.phase !== 'completed' && state.phase !== 'reverted') {
    const settled = say`${settings(migration.ledger)}`;
    return [head, timeline, say`${ending(migration)}`, latency(migration, style), settled];
  }
  return [head, timeline, decisions(migration, state), figures(migration, state), latency(migration, style)];
}

function decisions(migration: Migration, state: Closed): Words {
  const isByHand = byHandWords(migration, state) !== null;
  const closer = isByHand ? 'Ended' : state.phase === 'completed' ? 'Completed' : 'Reverted';
  return say`${bold('Decisions')}\nAsked by ${who(migration.requestedBy)}, started by ${who(
    state.startedBy,
  )}, approved by ${approvers(state)}. ${closer} by ${who(state.by)}.`;
}

function figures(migration: Migration, state: Closed): Words {
  const { plan, outcome } = state;
  const byHand = byHandWords(migration, state);
  const revert = state.phase === 'reverted' ? state.back : null;
  const back = revert === null ? [] : [say`Revert: fence ${fenceTime(revert)}.`];
  return say`${bold('Figures')}\n${join(
    [
      say`Fence: predicted under ${duration(plan.predictedFenceMs)}, measured ${fenceTime(outcome)}, at ${exactTime(
        outcome.fencedAt,
      )}; ${clientsSee(plan)}.`,
      ...routeLines(plan),
      say`Way back: ${plan.pairs.every(({ wayBack }) => wayBack.possible) ? 'open while Ferry watched' : 'none between these versions'}.`,
      ...back,
      ...(byHand === null ? [] : [say`${byHand}`]),
      ...refusedLine(migration),
      ...oldClients(state),
      say`Moved: ${moved(state)}.`,
      ...transferLines(migration, plan),
      say`Compared: ${verified(state.verification)}; ${size(state.verification.comparedBytes)} compared, ${number(
        state.verification.unsettledCount,
      )} unsettled. ${worthOf(state.verification)}`,
      ...(state.switchHook === null
        ? []
        : [say`Switch hook: ${prose(state.switchHook.detail)} in ${duration(state.switchHook.tookMs)}.`]),
      say`${settings(migration.ledger)}`,
      ...stillHeld(migration, state),
      ...left(state),
    ],
    '\n',
  )}`;
}

/** In classic style with a line a stage; in rich style a table follows. */
function latency(migration: Migration, style: Style): Words {
  const { incidents } = migration.latency;
  const told = incidents === 0 ? 'No incident.' : `${counted(incidents, 'incident')}, told above.`;
  const lines = style === 'classic' ? stageLines(migration) : [];
  return join([say`${stagesLine(migration)} ${told}`, ...lines.map((line) => say`• ${line}`)], '\n');
}

/** `6.1 ms`; a cutover that recovery finished was not timed. */
export function fenceTime(outcome: CutoverOutcome): string {
  return outcome.fenceTimeMs === null
    ? 'not measured (finished after an interruption)'
    : duration(outcome.fenceTimeMs);
}

/** Nothing where the writes went back: the old address is the right one again. */
function oldClients(state: Closed): readonly Words[] {
  if (state.phase === 'reverted') return [];
  if (state.oldClientsGoneAt === null) return [say`The last old client was not seen to leave.`];
  return [say`Last old client gone after ${duration(state.oldClientsGoneAt - state.outcome.fencedAt)}.`];
}

function stillHeld(migration: Migration, state: Closed): readonly Words[] {
  return state.phase === 'completed' && staysHeld(state.outcome) ? [heldWords(migration)] : [];
}

/** Where to find the password that stays; never the password (I9). */
export function heldWords(migration: Migration): Words {
  return say`Ferry's own password stays on ${sourceName(migration)}, which would take writes even as a replica; ${code(
    `npm start -- password ${migration.id}`,
  )} prints it.`;
}

function moved(state: CutOver): string {
  const bytes = state.plan.pairs.reduce((sum, pair) => sum + pair.sourceUsedMemoryBytes, 0);
  return `${size(bytes)}, ${counted(state.verification.targetKeys, 'key')}`;
}

/** `3 settings put back.`, naming what somebody else changed meanwhile (I12). */
export function settings(ledger: readonly LedgerEntry[]): string {
  if (ledger.length === 0) return 'No setting was changed.';
  const restored = ledger.filter((entry) => entry.state === 'restored').length;
  const foreign = ledger.filter((entry) => entry.state === 'foreign');
  const open = ledger.filter((entry) => entry.state === 'set' || entry.state === 'intended');
  const parts = [
    `${counted(restored, 'setting')} put back.`,
    ...(foreign.length === 0
      ? []
      : [`Left alone because somebody else changed them meanwhile: ${named(foreign)}.`]),
    ...(open.length === 0 ? [] : [`Not yet put back: ${named(open)}.`]),
  ];
  return parts.join(' ');
}

function named(entries: readonly LedgerEntry[]): string {
  return entries.map((entry) => `${entry.name} (${entry.side})`).join(', ');
}

function approvers(state: CutOver): Words {
  if (state.approvals.length === 0) return say`nobody`;
  return join(
    state.approvals.map((approval) => say`${who(approval.user)}`),
    ', ',
  );
}

function took(migration: Migration): string {
  const last = migration.timeline.at(-1)?.at ?? migration.requestedAt;
  return duration(Math.max(0, last - migration.requestedAt));
}

function ending(migration: Migration): string {
  const pair = migration.pairs[0];
  if (writesGoTo(migration.state) === 'source')
    return `Writes go to ${pair?.source.name ?? 'the source'}, as before.`;
  return `Writes go to ${targetName(migration)}.`;
}
