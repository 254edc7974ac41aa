// Every pair of versions that this machine offers, against what was measured: what can follow migrates under
// load with nothing lost and one writer, through the relay where it must; what cannot is refused for its reason.

import { afterAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Finding } from '../../src/migration/finding.ts';
import { compareVersions, type ServerBinary } from '../../src/sandbox/servers/server-id.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { startLoadedPair } from '../support/loaded-pair.ts';
import { type Measured, measuredPath, releaseOf } from '../support/measured-paths.ts';
import { passage } from '../support/passage.ts';
import { matrixTable } from './matrix-table.ts';

/** In a full run one writer insists on the old address for a minute on every sampled pair. */
const STAYS_MS = 1_500;
const LONG_STAY_MS = 60_000;
const PER_SECOND = 1_000;
const TIMEOUT_MS = 300_000;

interface Server {
  readonly id: string;
  readonly binary: ServerBinary;
}

interface Cell {
  readonly source: Server;
  readonly target: Server;
  readonly measured: Measured;
}

const servers: readonly Server[] = Object.entries(inject('servers'))
  .map(([id, binary]) => ({ id, binary }))
  .filter(({ binary }) => releaseOf(binary) !== null)
  .sort((a, b) => byProductAndVersion(a.binary, b.binary));

const cells: readonly Cell[] = servers.flatMap((source) =>
  servers.flatMap((target): Cell[] => {
    const [from, to] = [releaseOf(source.binary), releaseOf(target.binary)];
    return from === null || to === null ? [] : [{ source, target, measured: measuredPath(from, to) }];
  }),
);

/** Takes seconds each; the pairs of 7.0 with 8.0 and Valkey have a test of their own. */
const moves = cells.filter(({ measured }) => measured !== 'no').filter((cell) => FULL_RUN || isSampled(cell));
const refusals = cells.filter(({ measured }) => measured === 'no');
const results = new Map<string, string>();

afterAll(() => {
  process.stdout.write(
    `\n${matrixTable(
      servers.map(({ id }) => id),
      results,
    )}\n`,
  );
});

describe('every measured pair', () => {
  it.for(named(moves))(
    'I1 I2 %s moves with nothing lost and one writer',
    { timeout: TIMEOUT_MS },
    async ([, cell]) => {
      const { source, target, measured } = cell;
      const pair = await startLoadedPair({ source: source.id, target: target.id });
      onTestFinished(() => pair.stop());
      const [from, to] = [source.binary.version, target.binary.version];
      const wayBack = compareVersions(from, '4.0') >= 0 ? 'open' : 'closed';
      const passages = await passage(pair, {
        prefix: 'matrix',
        reverts: wayBack === 'open',
        staysMs: FULL_RUN && isSampled(cell) ? LONG_STAY_MS : STAYS_MS,
        wayBack,
        perSecond: PER_SECOND,
        // A 2.4 takes writes even while it follows; the plan says to keep clients away.
        watchesSides: compareVersions(to, '2.6') >= 0,
        scripts: compareVersions(from, '2.6') >= 0 && compareVersions(to, '2.6') >= 0,
      });
      const plan = pair.lastPlan();
      const through = plan.pairs[0]?.route.through;
      expect(through).toBe(measured === 'breaks' ? 'relay' : 'direct');
      // What would differ in silence needs a person's word.
      const asked = versionFindings(plan.findings).some(({ severity }) => severity === 'confirm');
      expect(asked).toBe(measured === 'ok*');
      const fences = passages.map(({ outcome }) => `${outcome.fenceTimeMs?.toFixed(1)}`).join(' ');
      results.set(`${source.id} ${target.id}`, `${through === 'relay' ? 'relay ' : ''}${fences}`);
    },
  );

  it.for(named(refusals))(
    '%s is refused for its snapshot format, before anything changed',
    { timeout: TIMEOUT_MS },
    async ([, { source, target }]) => {
      const pair = await startLoadedPair({ source: source.id, target: target.id });
      onTestFinished(() => pair.stop());
      const findings = await pair.refused();
      const blockers = versionFindings(findings).filter(({ severity }) => severity === 'blocker');
      expect(blockers.map(({ message }) => message).join()).toMatch(
        /cannot read snapshots of .*\(format \d+\)/,
      );
      expect(blockers[0]?.hint).toMatch(/Choose|Move/);
      results.set(`${source.id} ${target.id}`, 'refused');
    },
  );
});

function named(some: readonly Cell[]): readonly (readonly [string, Cell])[] {
  return some.map((cell) => [`${cell.source.id} to ${cell.target.id} (${cell.measured})`, cell] as const);
}

function versionFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ check }) => check === 'version-path');
}

/** Without a full run each source goes once to the newest that it can, and once to itself is left out. */
function isSampled({ source, target }: Cell): boolean {
  if (source.id === target.id) return false;
  const from = releaseOf(source.binary);
  const reachable = servers.filter((each) => {
    const to = releaseOf(each.binary);
    return from !== null && to !== null && each.id !== source.id && measuredPath(from, to) !== 'no';
  });
  return reachable.at(-1)?.id === target.id || (source.id === 'redis-6.0' && target.id === 'redis-8.0');
}

function byProductAndVersion(a: ServerBinary, b: ServerBinary): number {
  return a.flavour.localeCompare(b.flavour) || compareVersions(a.version, b.version);
}
