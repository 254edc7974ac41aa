// Latency on the card and in Details: a line a server, the chart of the one that clients use, how often Ferry asks
// and what that costs the server (I11).

import { causeInWords, lengthInWords } from '../../migration/latency/words.ts';
import type { Migration, Phase } from '../../migration/migration.ts';
import type { LiveFigures } from '../../migration/progress.ts';
import { type Block, context, type Style, section } from './block.ts';
import { counted } from './figures.ts';
import { latencyChart, latencyTrend } from './latency-chart.ts';
import { stageLines } from './latency-stages.ts';
import { askedHowOften, latencyLines, type Measured, measuredServers } from './latency-words.ts';
import { at, bold, join, prose, say, type Words } from './words.ts';

/** A message takes two charts, so of many pairs the first two. */
const MAX_CHARTS = 2;

/** Where the card shows it: the phases that last and in which clients may feel something. */
const SHOWN: readonly Phase[] = ['syncing', 'following', 'watching'];

export function latencyBlocks(
  migration: Migration,
  live: LiveFigures | null,
  style: Style,
): readonly Block[] {
  const measured = measuredServers(migration, live);
  if (measured.length === 0) return [];
  const { stallMs } = migration.policy.latency;
  const used = measured.filter(({ isUsed }) => isUsed).slice(0, MAX_CHARTS);
  const trends = style === 'classic' ? used.map((each) => latencyTrend(each, stallMs)) : [];
  return [
    section(latencyLines(measured), 1_200),
    ...used.flatMap((each) => latencyChart(each, stallMs, style)),
    ...trends.filter((words) => words.length > 0).map((words) => context(words)),
    context(askedHowOften(measured)),
  ];
}

/** The baseline, before anything was started: how it is, without how it was. */
export function latencySoFar(migration: Migration, live: LiveFigures | null): readonly Block[] {
  const measured = measuredServers(migration, live);
  return measured.length === 0 ? [] : [section(latencyLines(measured), 1_200)];
}

/** For notifications and screen readers, which get no chart. */
export function latencyText(migration: Migration, live: LiveFigures | null): Words {
  if (!SHOWN.includes(migration.state.phase)) return [];
  const used = measuredServers(migration, live).filter(({ isUsed }) => isUsed);
  return used.length === 0 ? [] : say` ${latencyLines(used.slice(0, 2))}.`;
}

/**
 * What one PING and one look at INFO cost a server, µs of one core. Measured at 100 a second with 2.8, 5.0 and 7.4 on
 * a small machine: 46 to 58 and 49 to 67; rounded up. Facts are read once a second at most.
 */
const PING_COST_US = 60;
const FACTS_COST_US = 70;

/** `about 0.6% of one core`: an estimate for the server that is asked so often. */
export function shareOfCore(perSecond: number): string {
  const percent = (perSecond * PING_COST_US + FACTS_COST_US) / 10_000;
  return `about ${percent < 0.1 ? percent.toFixed(2) : percent.toFixed(1)}% of one core`;
}

function load({ name, live }: Measured): Words {
  return say`• ${name}: ${counted(live.perSecond, 'PING')} a second, one after another: ${shareOfCore(live.perSecond)}`;
}

/** Everything that is known: both servers, what Ferry itself costs them, incidents, stages, the policy. */
export function latencyDetails(migration: Migration, live: LiveFigures | null): readonly Block[] {
  const { latency, policy } = migration;
  const measured = measuredServers(migration, live);
  const lines = [
    say`${bold('Latency')}`,
    ...(measured.length === 0 ? [say`not measured right now`] : [latencyLines(measured)]),
    incidentsSoFar(migration),
    ...stageLines(migration).map((line) => say`• ${line}`),
  ];
  const loads =
    measured.length === 0
      ? []
      : [
          section(
            join(
              [
                say`${bold("Ferry's own load")}, estimated from what a PING costs (at most 2% at full rate, 0.5% at rest)`,
                ...measured.map(load),
              ],
              '\n',
            ),
            1_000,
          ),
        ];
  return [
    section(join(lines, '\n'), 2_500),
    ...loads,
    context(
      say`Latency of ${policy.environment}: a stall is ${lengthInWords(policy.latency.stallMs)} without a reply; strained: ${limit(
        policy.latency.strained,
      )}; breached: ${limit(policy.latency.breached)}, then ${policy.latency.onBreach}. Verdict: ${latency.verdict} since ${at(
        latency.since,
      )}.`,
    ),
  ];
}

function limit({ p99Ms, forMs }: { readonly p99Ms: number; readonly forMs: number }): string {
  return `p99 over ${lengthInWords(p99Ms)} for ${lengthInWords(forMs).replace('.0 s', ' s')}`;
}

/** Each has its own message in the thread. */
function incidentsSoFar({ latency }: Migration): Words {
  if (latency.incidents === 0) return say`No incident so far.`;
  const lasting = latency.open.map(({ number, openedAt, cause }) => {
    const why = cause === null ? [] : say` (${prose(causeInWords(cause))})`;
    return say`number ${number} lasts since ${at(openedAt)}${why}`;
  });
  const count = say`${counted(latency.incidents, 'incident')} so far, told in the thread`;
  return say`${join([count, ...lasting], '; ')}.`;
}
