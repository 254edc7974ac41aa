// Survey to plan: reads both sides, runs every check, adds the replication's own settings and the digest.

import { assess } from '../migration/assess.ts';
import type { Scratch } from '../migration/checks/check.ts';
import type { Finding } from '../migration/finding.ts';
import type { Pair } from '../migration/migration.ts';
import type { PairPlan, Plan, SettingChange } from '../migration/plan.ts';
import type { Hooks, Policy } from '../migration/policy.ts';
import type { SideFacts, SurveyFacts } from '../migration/survey-facts.ts';
import { digestOf } from './digest.ts';
import type { Inventory, Replication, Servers } from './ports.ts';

export interface Planned {
  readonly findings: readonly Finding[];
  /** null: a blocker refuses the migration. */
  readonly plan: Plan | null;
}

export interface Wanted {
  readonly pairs: readonly Pair[];
  readonly policy: Policy;
  readonly hooks: Hooks;
  /** Not null: a rehearsal. */
  readonly rehearsal: object | null;
}

/**
 * Surveys every pair and makes the plan. `now` is UTC epoch ms; `uid`: the migration that it is for, whose own
 * lock and guard are no obstacle. Changes nothing on either server.
 */
export async function makePlan(
  parts: {
    readonly servers: Servers;
    readonly replication: Replication;
    readonly inventory: Inventory;
  },
  wanted: Wanted,
  options: { readonly now: number; readonly uid: string | null },
): Promise<Planned> {
  const { servers, replication } = parts;
  const surveyed = await Promise.all(wanted.pairs.map((pair) => servers.survey(pair)));
  const facts = surveyed.map((each) => withoutOwnLocks(each, options.uid));
  const { findings, draft } = assess(facts, wanted.pairs, wanted.policy, scratchOf(wanted, parts.inventory));
  if (draft === null) return { findings, plan: null };
  const pairs = draft.pairs.map((plan, index) => withReplicationSettings(plan, index, wanted, replication));
  const content = { ...draft, pairs };
  return { findings, plan: { ...content, digest: planDigest(content, wanted), madeAt: options.now } };
}

/** What today's inventory says of a rehearsal's targets: the word of the record is not enough to overwrite them (I5). */
function scratchOf({ pairs, rehearsal }: Wanted, inventory: Inventory): Scratch {
  if (rehearsal === null) return 'no';
  const allowed = pairs.every(({ target }) => inventory.policyOf(target).rehearsal);
  return allowed ? 'allowed' : 'forbidden';
}

/** Figures that drift by themselves (write rates in a finding's text) are left out: only what is decided counts. */
function planDigest(content: Omit<Plan, 'digest' | 'madeAt'>, wanted: Wanted): string {
  const findings = content.findings.map(({ check, severity }) => ({ check, severity }));
  const pairs = content.pairs.map(({ source, target, dropsKeys, settings, route, wayBack }) => ({
    source,
    target,
    dropsKeys,
    settings,
    route,
    wayBack: wayBack.possible,
  }));
  return digestOf({
    findings,
    pairs,
    predictedFenceMs: content.predictedFenceMs,
    settled: { pairs: wanted.pairs, policy: wanted.policy, hooks: wanted.hooks },
  });
}

/** A start that was interrupted left this migration's own lock behind: that is nobody else's, nor a key to lose (I8). */
function withoutOwnLocks(facts: SurveyFacts, uid: string | null): SurveyFacts {
  const own = (side: SideFacts): SideFacts => {
    if (uid === null || side.kind !== 'read' || side.lock.kind !== 'held') return side;
    const mine = side.lock.by === uid || side.lock.by.startsWith(`${uid}:`);
    if (!mine) return side;
    const keysByDb = { ...side.keysByDb, 0: Math.max(0, (side.keysByDb['0'] ?? 0) - 1) };
    return { ...side, keysByDb, lock: { kind: 'free' } };
  };
  return { ...facts, source: own(facts.source), target: own(facts.target) };
}

function withReplicationSettings(
  plan: PairPlan,
  index: number,
  { pairs, rehearsal }: Wanted,
  replication: Replication,
): PairPlan {
  const pair = pairs[index];
  if (pair === undefined) return plan;
  // Nobody goes back from a rehearsal.
  const directions =
    plan.wayBack.possible && rehearsal === null ? (['forward', 'back'] as const) : (['forward'] as const);
  const own = directions.flatMap((direction) =>
    replication.settingsFor(pair, direction).map((setting): SettingChange => ({ pair: index, ...setting })),
  );
  return { ...plan, settings: [...own, ...plan.settings] };
}
