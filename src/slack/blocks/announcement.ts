// An announcement as a message of the thread. Every one carries its number, `m42 #17` (I7).

import type { Announcement, AnnouncementBody } from '../../migration/announcement.ts';
import type { Migration } from '../../migration/migration.ts';
import { context, type Message, message, type Style, section } from './block.ts';
import { approval, needsHuman, startAsked, watching } from './decisions.ts';
import { eventWords } from './events.ts';
import { findingSections, findingTable, fineWords, notable, reasons } from './finding-words.ts';
import { incidentWords } from './incident-words.ts';
import { stagesTable } from './latency-stages.ts';
import { toMrkdwn } from './render-words.ts';
import { reportParagraphs } from './report.ts';
import { at, say, type Words } from './words.ts';

/** `isLate`: it says when it was so, because it is not as new as its place in the thread. */
export function announcementMessage(
  announcement: Announcement,
  migration: Migration,
  style: Style,
  isLate = false,
): Message {
  const { body } = announcement;
  const late = isLate ? say` · of ${at(announcement.at)}, told late` : [];
  const number = say`${migration.id} #${announcement.number}${late}`;
  switch (body.kind) {
    case 'start-asked':
      return startAsked(migration, body, number);
    case 'approval':
      return approval(migration, body.approval, number);
    case 'watching':
      return watching(migration, body, number);
    case 'needs-human':
      return needsHuman(migration, body, number);
    case 'survey-done':
      return surveyDone(migration, body, number, style);
    case 'incident':
      return paragraphs([incidentWords(body.incident, migration)], number);
    case 'report':
      return report(migration, number, style);
    default:
      return paragraphs([eventWords(body, migration)], number);
  }
}

function paragraphs(list: readonly Words[], number: Words): Message {
  const [first = []] = list;
  return message(first, [...list.map((words) => section(words)), context(number)]);
}

/** Latency as a table where there are tables. */
function report(migration: Migration, number: Words, style: Style): Message {
  const list = reportParagraphs(migration, style);
  const [first = []] = list;
  return message(first, [
    ...list.map((words) => section(words)),
    ...(style === 'rich' ? stagesTable(migration) : []),
    context(number),
  ]);
}

/** More than this is easier to read apart, too. */
const MAX_IN_ONE_SECTION = 1_000;

function surveyDone(
  migration: Migration,
  body: Extract<AnnouncementBody, { kind: 'survey-done' }>,
  number: Words,
  style: Style,
): Message {
  const text = eventWords(body, migration);
  const reasonSections = body.refused ? reasons(body.findings).map((words) => section(words)) : [];
  return message(text, [
    // A section takes less than the text: many reasons stand in one each.
    ...(toMrkdwn(text).length < MAX_IN_ONE_SECTION ? [section(text)] : reasonSections),
    ...(style === 'rich'
      ? findingTable(body.findings)
      : findingSections(body.refused ? [] : notable(body.findings), 8, 700)),
    ...fineWords(body.findings).map((words) => context(words)),
    context(number),
  ]);
}
