// What the thread says about each event: one message, one or two sentences, numbers with units.

import type { AnnouncementBody } from '../../migration/announcement.ts';
import { type CutoverOutcome, type Moment, staysHeld } from '../../migration/cutover.ts';
import { count } from '../../migration/finding.ts';
import { told } from '../../migration/latency/words.ts';
import type { Migration, WayBack } from '../../migration/migration.ts';
import { verdictOf } from '../../migration/verification.ts';
import { timesOrMore } from '../../migration/way-back-words.ts';
import { counted, duration, exactTime, more, number } from './figures.ts';
import { reasons } from './finding-words.ts';
import { verified } from './measured-words.ts';
import { sourceName, targetName } from './names.ts';
import { copyWords, rehearsedWords } from './rehearsal-words.ts';
import { fenceTime, heldWords, settings } from './report.ts';
import { writesLine } from './steps.ts';
import { keptWords } from './way-back.ts';
import { at, bold, code, join, prose, say, type Words, who } from './words.ts';

/** Messages with a file of their own. */
type Other = 'start-asked' | 'approval' | 'watching' | 'needs-human' | 'incident' | 'report';
type EventBody = Exclude<AnnouncementBody, { kind: Other }>;

export function eventWords(body: EventBody, migration: Migration): Words {
  const { id } = migration;
  const source = sourceName(migration);
  const target = targetName(migration);
  switch (body.kind) {
    case 'survey-done':
      return surveyDone(body);
    case 'start-refused':
      return say`${id} was not started: ${prose(body.reason)}`;
    case 'started':
      return say`${who(body.by)} started the sync. ${
        body.dropsKeys > 0
          ? `${counted(body.dropsKeys, 'key')} on ${target} will be deleted.`
          : `${target} is empty; nothing is deleted.`
      }`;
    case 'transfer-restarted':
      return transferRestarted(body, migration);
    case 'caught-up':
      return body.again
        ? say`Following again; ${target} is in step with ${source}. Verifying anew.`
        : say`Caught up after ${duration(body.tookMs)}: ${target} is in step with ${source}. Verifying the data.`;
    case 'fell-behind':
      return say`${target} is no longer in step with ${source}: ${sentence(body.reason)}`;
    case 'verified':
      return verifiedWords(body, migration.rehearsal !== null);
    case 'rehearsed':
      return rehearsedWords(migration, body.outcome);
    case 'approval-withdrawn':
      return withdrawn(body);
    case 'gate-held':
      return body.direction === 'back'
        ? say`Not reverted: ${sentence(body.reason)} Writes stay on ${target}; press Revert again to try again.`
        : say`Approved, but the cutover waits: ${sentence(body.reason)}`;
    case 'cutting-over':
      return say`Cutting over ${source} → ${target}, attempt ${body.attempt}.`;
    case 'cutover-undone':
      return undone(body, migration);
    case 'cut-over':
      return say`${bold('Cut over.')} Writes go to ${target}. ${timeline(body.outcome, source, target)} Fence ${fenceTime(
        body.outcome,
      )} (predicted under ${duration(body.predictedFenceMs)}). ${wayBack(body.wayBack, migration)}${stillHeld(
        body.outcome,
        migration,
      )}`;
    case 'hook-ran':
      return say`Hook ${body.outcome.hook}: ${prose(body.outcome.detail)} in ${duration(body.outcome.tookMs)}${
        body.outcome.ok ? '.' : `. It failed; ${id} goes on, clients may need to be told by hand.`
      }`;
    case 'old-clients-gone':
      return say`The last client left ${source} ${duration(body.afterMs)} after the fence.`;
    case 'way-back-closed':
      return say`The way back of ${id} is closed: ${sentence(body.why)} ${source} takes no writes and keeps its data.`;
    case 'stream-refused':
      return say`${source} refused commands that clients use on ${target}, ${timesOrMore(body)}: it does not know them, and a revert would lose what they wrote. ${target} has everything. If a revert is still likely, stop using what only ${target} knows; the log of ${source} names the commands. If not, press Complete.`;
    case 'window-ended':
      return say`The window of ${id} has ended. Nothing happens by itself: press Complete, or Revert while it is offered.`;
    case 'completing':
      return say`${who(body.by)} completed ${id}. ${source} stops following; settings are being put back.`;
    case 'reverting':
      return say`${who(body.by)} reverts ${id}: the writes go back to ${source}.`;
    case 'reverted':
      return say`${bold('Reverted')} by ${who(body.by)}. Writes go to ${source} again. ${timeline(
        body.outcome,
        target,
        source,
      )} Fence ${fenceTime(body.outcome)}.`;
    case 'aborting':
      return body.waitsForLoad
        ? say`${who(body.by)} aborted ${id}${byPolicy(body.by, migration)}. ${target} is loading the snapshot, which cannot be called off; the abort waits for it.`
        : say`${who(body.by)} aborted ${id}${byPolicy(body.by, migration)}. ${source} goes on as before.`;
    case 'aborted':
      if (migration.rehearsal !== null) {
        const ended =
          migration.rehearsal.outcome === null ? 'The rehearsal was aborted' : 'The rehearsal is over';
        return say`${ended}. Writes go to ${source}, as before. ${copyWords(migration, body.targetKeys)}`;
      }
      return say`Aborted by ${who(body.by)} while ${body.from}. Writes go to ${source}, as before. ${
        body.targetKeys === null
          ? `${target} was not touched.`
          : `${target} is a primary that holds a copy of ${counted(body.targetKeys, 'key')}; Ferry did not flush it.`
      }`;
    case 'settings-restored':
      return say`${settings(body.entries)}`;
    case 'taken-over':
      return takenOver(body, migration);
    case 'hold-found':
      return say`Ferry found its own hold on ${body.name} at ${exactTime(body.at)} and takes it off: nobody could write there, and the record knew nothing of it. Ferry's Redis has lost its last writes, the record of an attempt among them; what was approved before no longer holds. With \`appendonly yes\` and \`appendfsync always\` Ferry's Redis would lose none.`;
    case 'answered':
      return say`${who(body.by)} answered for ${id}: ${bold(body.label)}.`;
  }
}

/** Ferry aborts by itself where the policy says so for a breach. */
function byPolicy(by: string, { latency, policy }: Migration): Words {
  if (by !== 'ferry' || policy.latency.onBreach !== 'abort' || latency.verdict !== 'breached') return [];
  return say`, as the policy says (onBreach: abort), because the latency is breached: ${prose(told(latency.why))}`;
}

function surveyDone(body: Extract<AnnouncementBody, { kind: 'survey-done' }>): Words {
  const { findings } = body;
  const blockers = count(findings, 'blocker');
  if (body.refused) {
    return say`${bold('Refused.')} ${counted(blockers, 'reason')}: ${join(reasons(findings), ' ')}`;
  }
  const parts = [
    `${count(findings, 'ok')} fine`,
    `${count(findings, 'confirm')} to confirm`,
    counted(count(findings, 'warning'), 'warning'),
  ];
  return say`Survey done: ${counted(findings.length, 'check')}. ${parts.join(', ')}.`;
}

function transferRestarted(
  body: Extract<AnnouncementBody, { kind: 'transfer-restarted' }>,
  migration: Migration,
): Words {
  const pair = migration.pairs[body.pair];
  const source = pair?.source.name ?? sourceName(migration);
  const target = pair?.target.name ?? targetName(migration);
  const cause = body.cause === null ? 'why is not known' : prose(trimmed(body.cause));
  const next = body.restarts < body.limit ? 'After that many' : 'Now';
  const remedy = body.remedy === null ? [] : say` ${sentence(body.remedy)}`;
  return say`The transfer from ${source} to ${target} began anew, ${body.restarts} of at most ${body.limit} times: ${cause}.${remedy} ${next} Ferry sets ${target} aside and asks, so that ${source} writes no more snapshots.`;
}

function verifiedWords(body: Extract<AnnouncementBody, { kind: 'verified' }>, isRehearsal: boolean): Words {
  const { result } = body;
  const head = say`${body.first ? 'Verified' : 'Verified anew'}: ${verified(result)}.`;
  if (verdictOf(result) === 'equal') return head;
  const named = result.differences
    .slice(0, 5)
    .map((one) => say`${code(one.key)} in db ${one.db} (${one.what})`);
  const rest = more(result.differenceCount, named.length);
  const list =
    named.length === 0 ? [] : say` ${join([...named, ...(rest === '' ? [] : [say`${rest}`])], ', ')}.`;
  const unsettled =
    result.unsettledCount === 0 ? '' : ` ${counted(result.unsettledCount, 'key')} kept changing.`;
  const next = isRehearsal
    ? 'Ferry compares again before the rehearsal ends.'
    : 'Promotion is not offered while this is so; Ferry compares again.';
  return say`${head}${list}${unsettled} ${next}`;
}

function withdrawn(body: Extract<AnnouncementBody, { kind: 'approval-withdrawn' }>): Words {
  const reason = prose(trimmed(body.reason));
  if (body.by === null && body.given === 0)
    return say`Approval is not asked for any more: ${reason}. It is asked for anew after the next comparison of the data.`;
  return body.by === null
    ? say`Approval withdrawn: ${reason}, so what was approved no longer holds. Please approve anew when it is asked again.`
    : say`Approval withdrawn: ${reason} by ${who(body.by)}. Nothing was changed. It is asked for anew after the next comparison of the data; Abort on the card ends the migration.`;
}

function takenOver(body: Extract<AnnouncementBody, { kind: 'taken-over' }>, migration: Migration): Words {
  const before =
    body.lastSeenAt === null
      ? say`the one before ended without a word`
      : say`the one before was last heard of at ${at(body.lastSeenAt)}`;
  return say`Another worker drives ${migration.id} since ${at(body.at)}: ${before}. It goes on where the record and the servers are; nothing is sent twice. ${writesLine(migration)}`;
}

function undone(body: Extract<AnnouncementBody, { kind: 'cutover-undone' }>, migration: Migration): Words {
  const forward = body.direction === 'forward';
  const keeps = forward ? sourceName(migration) : targetName(migration);
  const name = forward ? 'Cut-over attempt' : 'Revert, attempt';
  const paused = body.pausedMs === null ? '' : ` (paused ${duration(body.pausedMs)})`;
  const next = forward
    ? `The approval is used up. Next: remove the reason, then approve again when it is asked.`
    : 'Press Revert again when the reason is gone.';
  return say`${name} ${body.attempt} undone: ${sentence(body.reason)} Writes to ${keeps} go on since ${exactTime(
    body.at,
  )}${paused}; a test write confirmed it. ${next}`;
}

const MOMENTS: Readonly<Record<Moment['what'], (moment: Moment, old: string, fresh: string) => string>> = {
  fenced: (_moment, old) => `${old} fenced`,
  reached: (moment, _old, fresh) =>
    moment.offset === null ? `${fresh} had the last write` : `${fresh} reached${offset(moment, 'offset')}`,
  demoted: (moment, old) => `${old} demoted${offset(moment, 'at its final offset')}`,
  'final-reached': (_moment, _old, fresh) => `${fresh} had that one too`,
  promoted: (_moment, _old, fresh) => `${fresh} promoted`,
  'set-aside': (_moment, old) => `${old} set aside`,
  lifted: () => 'fence lifted',
  recovered: () => 'finished after an interruption',
};

function timeline(outcome: CutoverOutcome, old: string, fresh: string): Words {
  const moments = outcome.moments.map(
    (moment) => `${MOMENTS[moment.what](moment, old, fresh)} +${tenths(moment.afterMs)}`,
  );
  const tail = moments.length === 0 ? '' : `, ${moments.join(', ')}`;
  return say`Timeline: fence ${exactTime(outcome.fencedAt)}${tail}.`;
}

function offset(moment: Moment, at: string): string {
  return moment.offset === null ? '' : ` ${at} ${number(moment.offset)}`;
}

/** `0.4 ms`: within a fence, what took less than a millisecond is told as well. */
function tenths(ms: number): string {
  return ms < 1 ? `${ms.toFixed(1)} ms` : duration(ms);
}

/** A server that takes writes even as a replica keeps Ferry's password; people get it on a machine of theirs (I9). */
function stillHeld(outcome: CutoverOutcome, migration: Migration): Words {
  return staysHeld(outcome) ? say` ${heldWords(migration)}` : [];
}

function wayBack(way: WayBack, migration: Migration): Words {
  if (way.state === 'closed') return say`The way back is closed: ${sentence(way.why)}`;
  return say`${sourceName(migration)} follows: the way back is open${keptWords(migration)}.`;
}

/** A reason as a sentence of its own. */
function sentence(reason: string): Words {
  return say`${prose(trimmed(reason))}.`;
}

function trimmed(reason: string): string {
  return reason.replace(/[.\s]+$/, '');
}
