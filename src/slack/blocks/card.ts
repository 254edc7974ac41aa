// The card: one message a migration, edited in place. Pure: the same record and figures give the same card,
// whatever the time, so that nothing is edited only because a minute went by.

import type { Migration, State } from '../../migration/migration.ts';
import { droppedKeys, type Plan } from '../../migration/plan.ts';
import type { LiveFigures } from '../../migration/progress.ts';
import { totalKeys } from '../../migration/progress.ts';
import { isOver } from '../../migration/questions.ts';
import { phaseWord } from '../../migration/rehearsal.ts';
import { keptByRevert } from '../../migration/way-back-words.ts';
import { waitingFor } from '../../migration/why.ts';
import {
  actions,
  type Block,
  type Button,
  context,
  fields,
  header,
  type Message,
  message,
  plan as planBlock,
  type Style,
  section,
} from './block.ts';
import { abortButtons, about, completeButton, detailsButton, revertButton, startButton } from './buttons.ts';
import { counted, duration, more, number, size } from './figures.ts';
import { findingSections, notable, reasons, summary } from './finding-words.ts';
import { foreseen } from './forecast-words.ts';
import { latencyBlocks, latencySoFar, latencyText } from './latency-blocks.ts';
import { sourceName, targetName, title, versions } from './names.ts';
import { copyWords, promise } from './rehearsal-words.ts';
import { closing } from './report.ts';
import { clientsSee } from './route-words.ts';
import { planOf, stepLines, steps, writesLine } from './steps.ts';
import { at, atMinute, bold, code, join, prose, say, type Words, who } from './words.ts';

/** `live`: null when no figures were published lately. */
export function card(migration: Migration, live: LiveFigures | null, style: Style): Message {
  const tasks = steps(migration, live);
  const waits = waitingWords(migration, live);
  const current = tasks.find((task) => task.status === 'in_progress' || task.status === 'error');
  const text = say`${title(migration)} · ${phaseWord(migration)}${
    current === undefined || current.details.length === 0 ? [] : say`: ${current.title}: ${current.details}`
  }. ${waits}${latencyText(migration, live)}`;
  const progress = style === 'rich' ? planBlock(planTitle(migration), tasks) : section(stepLines(tasks));
  return message(text, [
    header(title(migration)),
    context(subtitle(migration)),
    ...(migration.rehearsal === null || isOver(migration.state) ? [] : [section(say`${promise(migration)}`)]),
    progress,
    ...body(migration, live, style),
    context(waits),
    ...actions('ferry-card-actions', cardButtons(migration)),
  ]);
}

function subtitle(migration: Migration): Words {
  const plan = planOf(migration.state);
  const software = plan === null ? [] : plan.pairs.slice(0, 1).map((pair) => say`${versions(pair)}`);
  return join(
    [
      ...software,
      say`${migration.policy.environment}`,
      say`asked by ${who(migration.requestedBy)} ${atMinute(migration.requestedAt)}`,
    ],
    ' · ',
  );
}

function planTitle(migration: Migration): string {
  return `${migration.id}: ${phaseWord(migration)}`;
}

/** What it waits for, with times that do not run. */
function waitingWords(migration: Migration, live: LiveFigures | null): Words {
  const { what, since, more: rest } = waitingFor(migration, live);
  const lead =
    what === ''
      ? say`Over since ${atMinute(since)}.`
      : say`Waiting since ${atMinute(since)} for ${prose(what)}.`;
  return say`${lead} ${prose(rest.join(' '))}`;
}

function body(migration: Migration, live: LiveFigures | null, style: Style): readonly Block[] {
  const { state } = migration;
  switch (state.phase) {
    case 'surveying':
      return [];
    case 'refused':
      return [say`${summary(state.findings)}.`, ...reasons(state.findings)].map((words) => section(words));
    case 'planned':
      return [...planBody(state.plan, migration.rehearsal !== null), ...latencySoFar(migration, live)];
    case 'syncing':
    case 'following':
      return [
        ...servers(migration, live),
        section(say`${writesLine(migration)}`),
        ...latencyBlocks(migration, live, style),
      ];
    case 'cutting-over':
    case 'reverting':
    case 'aborting':
      return [section(say`${writesLine(migration)}`)];
    case 'watching':
      return [
        section(watchWords(migration, state)),
        ...oldClients(migration, live),
        ...servers(migration, live),
        ...latencyBlocks(migration, live, style),
      ];
    case 'reverted':
    case 'completed':
      return [section(closing(migration))];
    case 'aborted':
      return [section(abortedWords(migration, state))];
    case 'needs-human':
      return [section(say`${bold(`${migration.id} needs you.`)} ${prose(state.question)}`)];
  }
}

function planBody(plan: Plan, isRehearsal: boolean): readonly Block[] {
  const drops = droppedKeys(plan);
  // Nothing is cut over in a rehearsal, so nobody needs a way back.
  const ways = (isRehearsal ? [] : plan.pairs).map((pair) => {
    return pair.wayBack.possible
      ? say`${bold('Way back')}: open after the cutover (${prose(pair.wayBack.why)}).`
      : say`${bold('Way back')}: none (${prose(pair.wayBack.why)}). After the promotion there is no Revert.`;
  });
  const settings = plan.pairs.flatMap((pair) => pair.settings);
  const changes =
    settings.length === 0
      ? []
      : [
          say`${bold('Settings')}: ${counted(settings.length, 'setting')} will be changed for the transfer and put back at the end.`,
        ];
  const bytes = plan.pairs.reduce((sum, pair) => sum + pair.sourceUsedMemoryBytes, 0);
  const keys = plan.pairs.reduce((sum, pair) => sum + pair.sourceKeys, 0);
  const moves = say`${isRehearsal ? 'Copies' : 'Moves'} ${size(bytes)}, ${counted(keys, 'key')}. Deletes ${
    drops === 0 ? 'nothing' : counted(drops, 'key')
  } on the target.${foreseen(plan)} Predicted fence: under ${duration(plan.predictedFenceMs)} (${clientsSee(plan)}).`;
  return [
    ...findingSections(
      notable(plan.findings).filter(({ check }) => check !== 'way-back'),
      6,
      700,
    ),
    section(join([...ways, ...changes, moves], '\n')),
  ];
}

/** Memory and keys of both sides; a side that was not seen says so. */
function servers(migration: Migration, live: LiveFigures | null): readonly Block[] {
  const entries = migration.pairs.flatMap((pair, index) => {
    const seen = live?.pairs[index]?.observation;
    if (seen === undefined) return [];
    const loading = seen.stage === 'connecting' || seen.stage === 'waiting' || seen.stage === 'transferring';
    return [
      server(pair.source.name, seen.source, ''),
      server(pair.target.name, seen.target, loading ? 'loading starts after the transfer' : ''),
    ];
  });
  return entries.length === 0 ? [] : [fields(entries)];
}

function server(
  name: string,
  seen: NonNullable<LiveFigures['pairs'][number]['observation']['source']> | null,
  note: string,
): Words {
  if (seen === null) return say`${bold(name)}: does not answer right now`;
  if (note !== '') return say`${bold(name)}: ${note}`;
  const keys = counted(totalKeys(seen.keysByDb), 'key');
  return say`${bold(name)}: ${size(seen.usedMemoryBytes)}, ${keys}, ${number(seen.opsPerSecond)} commands/s`;
}

function watchWords(migration: Migration, state: Extract<State, { phase: 'watching' }>): Words {
  const source = sourceName(migration);
  const { wayBack } = state;
  const back =
    wayBack.state === 'closed'
      ? say`The way back is closed: ${prose(wayBack.why)}. ${source} is read-only and keeps its data.`
      : say`${source} follows${
          wayBack.lagBytes === null ? '' : `, ${size(wayBack.lagBytes)} behind`
        }: the way back is open and ${prose(keptByRevert(state.plan, state.unapplied, source))}.`;
  return say`${writesLine(migration)} ${back}`;
}

function oldClients(migration: Migration, live: LiveFigures | null): readonly Block[] {
  const { state } = migration;
  if (state.phase === 'watching' && state.oldClientsGoneAt !== null) {
    return [section(say`Nobody talks to ${sourceName(migration)} since ${at(state.oldClientsGoneAt)}.`)];
  }
  const clients = live?.oldClients ?? null;
  const count = live?.oldClientCount ?? null;
  if (clients === null || count === null || count === 0) return [];
  const shown = clients.slice(0, 5).map((client) => {
    const times = client.count === 1 ? '' : `${number(client.count)} × `;
    return say`${times}${client.name === '' ? 'unnamed' : code(client.name)} from ${code(client.address)}`;
  });
  const rest = more(clients.length, shown.length);
  const listed = join([...shown, ...(rest === '' ? [] : [say`${rest}`])], ', ');
  return [
    section(
      say`Still talking to ${sourceName(migration)}: ${counted(count, 'connection')} (${listed}).`,
      900,
    ),
  ];
}

function abortedWords(migration: Migration, state: Extract<State, { phase: 'aborted' }>): Words {
  const target = targetName(migration);
  if (migration.rehearsal !== null) {
    const by =
      migration.rehearsal.outcome === null
        ? say`${who(state.by)} aborted the rehearsal while ${state.from}.`
        : say`The rehearsal is over; the report stands in the thread.`;
    return say`${by} ${writesLine(migration)} ${copyWords(migration, state.targetKeys)}`;
  }
  const copy =
    state.targetKeys === null
      ? `${target} was not touched.`
      : `${target} is a primary that holds a copy of ${counted(state.targetKeys, 'key')}; Ferry did not flush it.`;
  return say`${who(state.by)} aborted it while ${state.from}. ${writesLine(migration)} ${copy}`;
}

/** The card offers what its phase can decide alone; Approve stands in its own message. */
function cardButtons(migration: Migration): readonly Button[] {
  const { state } = migration;
  const details = detailsButton(migration);
  switch (state.phase) {
    case 'planned': {
      const start = state.startedBy === null ? [startButton(migration, about(migration), state.plan)] : [];
      return [...start, details, ...abortButtons(migration)];
    }
    case 'surveying':
    case 'syncing':
    case 'following':
      return [...abortButtons(migration), details];
    case 'watching': {
      if (state.closing !== null || state.revertBy !== null || state.byHand !== null) return [details];
      const open = state.wayBack.state === 'open';
      const decided = about(migration);
      const revert = open ? [revertButton(migration, decided)] : [];
      return [...revert, completeButton(migration, decided), details];
    }
    case 'refused':
    case 'cutting-over':
    case 'reverting':
    case 'reverted':
    case 'completed':
    case 'aborting':
    case 'aborted':
    case 'needs-human':
      return [details];
  }
}
