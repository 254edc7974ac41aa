// One incident in the thread, in the words of its message: what happened, why, the verdict, what Ferry did, and
// that it is over. The same message is edited while it lasts, so every state of it reads as a whole.

import type { Incident } from '../../migration/latency/incident.ts';
import { causeInWords, lengthInWords, told } from '../../migration/latency/words.ts';
import type { Migration } from '../../migration/migration.ts';
import { isOver } from '../../migration/questions.ts';
import { counted } from './figures.ts';
import { aboutCommands } from './latency-words.ts';
import { at, bold, join, prose, say, type Words } from './words.ts';

export function incidentWords(incident: Incident, migration: Migration): Words {
  const name = migration.pairs[incident.pair]?.[incident.side].name ?? 'a server';
  const lasts = incident.overAt === null && !isOver(migration.state);
  const lead = leadOf(incident, name, lasts);
  const stalls = stallsOf(incident, lead.length === 0 ? name : 'It', lead.length === 0);
  return join(
    [
      ...(lead.length === 0 ? [] : [lead]),
      ...stalls,
      ...causes(incident),
      ...verdictOf(incident, migration, lasts),
      ...(lasts ? [] : ending(incident, migration.id)),
    ],
    ' ',
  );
}

/** What is worse than a stall: that it is silent right now, slow for long, or cannot be measured. */
function leadOf(incident: Incident, name: string, lasts: boolean): Words {
  const { silentSince, verdict, openedAt, lastAt } = incident;
  if (silentSince !== null && lasts) {
    const so = lengthInWords(Math.max(0, incident.lastAt - silentSince));
    return say`${name} does not answer since ${at(silentSince)}, ${bold(so)} so far.`;
  }
  const why = prose(told(incident.why));
  const so = lengthInWords(Math.max(0, lastAt - openedAt));
  const since = say`since ${at(openedAt)}, ${so} so far`;
  switch (verdict) {
    case 'steady':
      return [];
    case 'unknown':
      return lasts
        ? say`The latency of ${name} is not known ${since}: ${why}.`
        : say`The latency of ${name} was not known: ${why}.`;
    case 'strained':
    case 'breached':
      return lasts ? say`${name} is slow ${since}: ${why}.` : say`${name} was slow: ${why}.`;
  }
}

function stallsOf(incident: Incident, subject: string, isLead: boolean): readonly Words[] {
  const { stalls, worstMs, worstAt, worstExact, stalledMs, commandsWaited, silentSince } = incident;
  if (stalls === 0 || (silentSince !== null && stalls === 1)) return [];
  const waited =
    commandsWaited === null || commandsWaited < 1 ? '' : `; ${aboutCommands(commandsWaited)} waited`;
  const length = bold(`${worstExact ? '' : 'at least '}${lengthInWords(worstMs)}`);
  const when = worstAt === null ? [] : say` at ${at(worstAt)}`;
  const meanwhile = isLead ? '' : ' meanwhile';
  if (stalls === 1) return [say`${subject} stopped answering${meanwhile} for ${length}${when}${waited}.`];
  const times = bold(counted(stalls, 'time'));
  const span = isLead ? say` since ${at(incident.openedAt)}` : say` meanwhile`;
  const together = `${lengthInWords(stalledMs)} together${waited}`;
  return [say`${subject} stopped answering ${times}${span}, the longest ${length}${when}, ${together}.`];
}

function causes({ cause, alsoSeen }: Incident): readonly Words[] {
  const also = alsoSeen.map((each) => prose(causeInWords(each)));
  return [
    ...(cause === null ? [] : [say`Cause: ${prose(causeInWords(cause))}.`]),
    ...(also.length === 0 ? [] : [say`Also seen: ${join(also, '; ')}.`]),
  ];
}

/** The verdict, what Ferry did about it, and how that ends (I13). */
function verdictOf(incident: Incident, migration: Migration, lasts: boolean): readonly Words[] {
  const { verdict, effect } = incident;
  const { onBreach } = migration.policy.latency;
  const mark = verdict === 'steady' ? say`Verdict: steady` : say`${bold(verdict)}`;
  switch (effect) {
    case 'aborted':
      return [say`${mark}: Ferry aborted the sync, as the policy says (onBreach: abort).`];
    case 'promotion-held': {
      if (!lasts) return [say`${mark}: promotion was held.`];
      const until = verdict === 'unknown' ? 'can be measured again' : 'answers in time again';
      return [say`${mark}: promotion is held until it ${until}.`];
    }
    case 'none': {
      if (!lasts) return [say`${mark}.`];
      const onward = goesOn(migration);
      const only = verdict === 'breached' && onBreach === 'notify' ? ' Told only (onBreach: notify).' : '';
      return [say`${mark}.${only}${onward === '' ? '' : ` ${onward}`}`];
    }
  }
}

function goesOn({ id, state }: Migration): string {
  switch (state.phase) {
    case 'syncing':
      return 'The sync goes on.';
    case 'following':
    case 'watching':
      return `${id} goes on.`;
    case 'surveying':
    case 'planned':
      return 'Nothing was started yet.';
    default:
      return '';
  }
}

/** `Over after 71 s.` */
function ending({ overAt, openedAt, lastAt, stalls, verdict }: Incident, id: string): readonly Words[] {
  if (overAt === null)
    return [say`It was so until ${at(lastAt)} at least; ${id} is over, and nobody measures any more.`];
  const lastedMs = overAt - openedAt;
  // How long a single stall was stands at its beginning.
  const isOneStall = stalls === 1 && verdict === 'steady';
  return [isOneStall || lastedMs < 1_000 ? say`Over.` : say`Over after ${lengthInWords(lastedMs)}.`];
}
