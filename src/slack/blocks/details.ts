// The Details modal and the home tab: everything the record holds, in sections a person can scan.

import type { Finding } from '../../migration/finding.ts';
import { formatAddress } from '../../migration/instance.ts';
import type { Migration } from '../../migration/migration.ts';
import type { LedgerEntry, PairPlan } from '../../migration/plan.ts';
import type { LiveFigures } from '../../migration/progress.ts';
import { isOver } from '../../migration/questions.ts';
import { phaseWord, timelineWord } from '../../migration/rehearsal.ts';
import { whyWaiting } from '../../migration/why.ts';
import { actions, type Block, context, divider, header, plainText, section } from './block.ts';
import { migrateButton } from './buttons.ts';
import { counted, duration, more, size } from './figures.ts';
import { findingWords, fineWords, notable, summary } from './finding-words.ts';
import { latencyDetails } from './latency-blocks.ts';
import { latencyLines, measuredServers } from './latency-words.ts';
import { verified } from './measured-words.ts';
import { software, title } from './names.ts';
import { planOf, stepLines, steps } from './steps.ts';
import { anyOf, at, atDay, bold, code, join, link, prose, say, type Words, who } from './words.ts';

export interface Modal {
  readonly type: 'modal';
  readonly title: { readonly type: 'plain_text'; readonly text: string };
  readonly close: { readonly type: 'plain_text'; readonly text: string };
  readonly blocks: readonly Block[];
}

export interface Home {
  readonly type: 'home';
  readonly blocks: readonly Block[];
}

/** A modal takes 100 blocks; long lists are clipped far below that. */
export function detailsView(migration: Migration, live: LiveFigures | null, now: number): Modal {
  const { state } = migration;
  const plan = planOf(state);
  const findings = plan?.findings ?? (state.phase === 'refused' ? state.findings : []);
  return {
    type: 'modal',
    title: plainText(`${migration.id} details`, 24),
    close: plainText('Close', 24),
    blocks: [
      header(title(migration)),
      section(prose(whyWaiting(migration, live, now))),
      section(stepLines(steps(migration, live))),
      ...(plan === null ? [] : plan.pairs.flatMap((pair, index) => pairBlocks(migration, pair, index))),
      ...findingBlocks(findings),
      ...latencyDetails(migration, live),
      ...ledgerBlocks(migration.ledger),
      ...dataBlocks(migration),
      section(approvalWords(migration)),
      section(
        say`${bold('Timeline')}\n${join(
          migration.timeline
            .slice(-20)
            .map((entry) => say`${at(entry.at)} ${timelineWord(migration, entry.phase)}`),
          '\n',
        )}`,
      ),
      context(say`plan ${plan === null ? 'none' : plan.digest.slice(0, 12)} · round ${migration.round}`),
    ],
  };
}

function pairBlocks(migration: Migration, plan: PairPlan, index: number): readonly Block[] {
  const pair = migration.pairs[index];
  if (pair === undefined) return [];
  const ids = identitiesOf(migration, index) ?? plan;
  const side = (name: 'source' | 'target') =>
    say`${bold(name)}: ${pair[name].name} at ${code(formatAddress(pair[name].address))}, ${software(ids[name])}, run id ${code(
      ids[name].runId.slice(0, 12),
    )}`;
  const settings = plan.settings.map(
    (change) => say`• ${change.name} on the ${change.side} to ${shownValue(change.to)}: ${prose(change.why)}`,
  );
  return [
    section(
      join(
        [
          say`${bold('Pair')}`,
          side('source'),
          side('target'),
          say`${size(plan.sourceUsedMemoryBytes)}, ${counted(plan.sourceKeys, 'key')}; deletes ${counted(
            plan.dropsKeys,
            'key',
          )} on the target`,
          say`way back, as planned: ${plan.wayBack.possible ? 'open' : 'closed'} (${prose(plan.wayBack.why)})`,
        ],
        '\n',
      ),
    ),
    ...(settings.length === 0
      ? []
      : [section(say`${bold('Settings for the transfer')}\n${join(settings, '\n')}`)]),
  ];
}

function identitiesOf(migration: Migration, index: number) {
  const { state } = migration;
  const held = state.phase === 'needs-human' ? state.from : state;
  return 'identities' in held ? held.identities[index] : undefined;
}

/** A reference is shown as the reference that it is; its value is never known here (I9). */
function shownValue(value: LedgerEntry['was']): Words {
  return 'ref' in value ? say`${code(value.ref)}` : say`${code(value.text)}`;
}

const MAX_FINDINGS = 30;

function findingBlocks(findings: readonly Finding[]): readonly Block[] {
  if (findings.length === 0) return [];
  const shown = notable(findings).slice(0, MAX_FINDINGS);
  return [
    section(say`${bold('Survey')}: ${summary(findings)}`),
    ...shown.map((finding) => section(findingWords(finding), 1_000)),
    ...fineWords(findings).map((words) => context(words)),
  ];
}

function ledgerBlocks(ledger: readonly LedgerEntry[]): readonly Block[] {
  if (ledger.length === 0) return [];
  const lines = ledger
    .slice(0, 20)
    .map(
      (entry) =>
        say`• ${entry.name} (${entry.side}): ${shownValue(entry.was)} → ${shownValue(entry.now)}, ${entry.state}`,
    );
  const rest = more(ledger.length, lines.length);
  return [
    section(
      say`${bold('Settings changed')}\n${join([...lines, ...(rest === '' ? [] : [say`${rest}`])], '\n')}`,
    ),
  ];
}

function dataBlocks(migration: Migration): readonly Block[] {
  const state = migration.state.phase === 'needs-human' ? migration.state.from : migration.state;
  if (!('verification' in state) || state.verification === null) return [];
  const result = state.verification;
  const different = result.differences
    .slice(0, 20)
    .map((one) => say`• ${code(one.key)} in db ${one.db}: ${one.what} ${code(one.detail)}`);
  const rest = more(result.differenceCount, different.length);
  const lines = [
    say`${bold('Data')}: ${verified(result)}`,
    ...different,
    ...(rest === '' ? [] : [say`${rest}`]),
  ];
  return [section(join(lines, '\n'))];
}

function approvalWords(migration: Migration): Words {
  const state = migration.state.phase === 'needs-human' ? migration.state.from : migration.state;
  const given = 'approvals' in state ? state.approvals : [];
  const names =
    given.length === 0
      ? say`none yet`
      : join(
          given.map((approval) => say`${who(approval.user)} ${at(approval.at)}`),
          ', ',
        );
  const { policy } = migration;
  const may = anyOf(policy.approvers);
  return say`${bold('Approvals')}: ${names}. Needed: ${policy.approvals}, by ${may}${
    policy.requesterMayApprove ? [] : say`, not ${who(migration.requestedBy)}`
  }; an approval lasts ${duration(policy.approvalLifetimeMs)}.`;
}

export interface HomeEntry {
  readonly migration: Migration;
  readonly live: LiveFigures | null;
  /** Permalink of the card; null: not posted yet. */
  readonly url: string | null;
}

/** Running migrations, those that wait for this person, and the last ones. */
/** Newest first; `total` counts those that are not shown, too. */
export interface HomeList {
  readonly shown: readonly HomeEntry[];
  readonly total: number;
}

export interface HomeLists {
  readonly waiting: HomeList;
  readonly running: HomeList;
  readonly recent: HomeList;
  readonly command: string;
  /** Epoch ms. */
  readonly now: number;
}

/** At most 25 entries of a list are shown: a view takes 100 blocks. */
const MAX_IN_LIST = 25;

export function homeView({ waiting, running, recent, command, now }: HomeLists): Home {
  const list = ({ shown, total }: HomeList, none: string): readonly Block[] => {
    if (total === 0) return [section(say`${none}`)];
    const lines = shown.slice(0, MAX_IN_LIST).map((entry) => section(homeLine(entry, now), 1_200));
    const rest = more(total, lines.length);
    return rest === '' ? lines : [...lines, context(say`${rest}`)];
  };
  return {
    type: 'home',
    blocks: [
      header('Waiting for you'),
      ...list(waiting, 'Nothing.'),
      divider(),
      header('Running'),
      ...list(running, `Nothing. ${command} migrate <source> <target> asks for a migration.`),
      divider(),
      header('Last migrations'),
      ...list(recent, 'None yet.'),
      divider(),
      ...actions('ferry-home', [migrateButton()]),
    ],
  };
}

/** What stands there when nothing could be read. */
export function homeInstead(why: Words): Home {
  return { type: 'home', blocks: [section(why), ...actions('ferry-home', [migrateButton()])] };
}

function homeLine({ migration, live, url }: HomeEntry, now: number): Words {
  const name = url === null ? bold(title(migration)) : link(url, title(migration));
  const so = isOver(migration.state)
    ? say`${phaseWord(migration)}, asked by ${who(migration.requestedBy)} ${atDay(migration.requestedAt)}`
    : say`${prose(whyWaiting(migration, live, now))}${latencyNow(migration, live)}`;
  return say`${name}: ${so}`;
}

/** Of the servers that clients use, where they are measured right now. */
function latencyNow(migration: Migration, live: LiveFigures | null): Words {
  const used = measuredServers(migration, live).filter(({ isUsed }) => isUsed);
  return used.length === 0 ? [] : say` ${latencyLines(used.slice(0, 1))}.`;
}
