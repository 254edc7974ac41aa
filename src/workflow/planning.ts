// Survey to plan: reads both sides, runs every check, adds the replication's own settings and the digest.

import { assess } from '../migration/assess.ts';
import type { Finding } from '../migration/finding.ts';
import type { Pair } from '../migration/migration.ts';
import type { PairPlan, Plan, SettingChange } from '../migration/plan.ts';
import type { Hooks, Policy } from '../migration/policy.ts';
import { digestOf } from './digest.ts';
import type { Replication, Servers } from './ports.ts';

export interface Planned {
  readonly findings: readonly Finding[];
  /** null: a blocker refuses the migration. */
  readonly plan: Plan | null;
}

/** Surveys every pair and makes the plan. `now` is UTC epoch ms. Changes nothing on either server. */
export async function makePlan(
  { servers, replication }: { readonly servers: Servers; readonly replication: Replication },
  wanted: { readonly pairs: readonly Pair[]; readonly policy: Policy; readonly hooks: Hooks },
  now: number,
): Promise<Planned> {
  const facts = await Promise.all(wanted.pairs.map((pair) => servers.survey(pair)));
  const { findings, draft } = assess(facts, wanted.pairs, wanted.policy);
  if (draft === null) return { findings, plan: null };
  const pairs = draft.pairs.map((plan, index) =>
    withReplicationSettings(plan, index, wanted.pairs, replication),
  );
  const content = { ...draft, pairs };
  return { findings, plan: { ...content, digest: planDigest(content, wanted), madeAt: now } };
}

/** Figures that drift by themselves (write rates in a finding's text) are left out: only what is decided counts. */
function planDigest(content: Omit<Plan, 'digest' | 'madeAt'>, wanted: object): string {
  const findings = content.findings.map(({ check, severity }) => ({ check, severity }));
  const pairs = content.pairs.map(({ source, target, dropsKeys, settings, wayBack }) => ({
    source,
    target,
    dropsKeys,
    settings,
    wayBack: wayBack.possible,
  }));
  return digestOf({ findings, pairs, predictedFenceMs: content.predictedFenceMs, wanted });
}

function withReplicationSettings(
  plan: PairPlan,
  index: number,
  pairs: readonly Pair[],
  replication: Replication,
): PairPlan {
  const pair = pairs[index];
  if (pair === undefined) return plan;
  const directions = plan.wayBack.possible ? (['forward', 'back'] as const) : (['forward'] as const);
  const own = directions.flatMap((direction) =>
    replication.settingsFor(pair, direction).map((setting): SettingChange => ({ pair: index, ...setting })),
  );
  return { ...plan, settings: [...own, ...plan.settings] };
}
