// Turns the facts of a survey into findings and, when nothing blocks, into the draft of a plan.
// Pure: the same facts give the same findings in the same order. Never looks at a server.

import { CHECKS } from './checks/all.ts';
import type { CheckContext, Scratch, Seen } from './checks/check.ts';
import { loginBackIsStuck } from './checks/replication-auth.ts';
import { settingChanges } from './checks/setting-changes.ts';
import type { Finding, Severity } from './finding.ts';
import { foresee } from './forecast.ts';
import type { Pair } from './migration.ts';
import type { PairPlan, Plan } from './plan.ts';
import type { Policy } from './policy.ts';
import { totalKeys } from './progress.ts';
import { predictedFenceMs, routeBetween } from './route.ts';
import type { SurveyFacts } from './survey-facts.ts';
import { wayBack } from './version-paths.ts';

/** A plan without its digest and time, which the caller adds. */
export type PlanDraft = Omit<Plan, 'digest' | 'madeAt'>;

export interface Assessment {
  /** Most severe first; within a severity in the order of the checks. */
  readonly findings: readonly Finding[];
  /** null: a blocker refuses the migration. */
  readonly draft: PlanDraft | null;
}

const ORDER: readonly Severity[] = ['blocker', 'confirm', 'warning', 'ok'];

/** `facts[i]` belongs to `pairs[i]`. Runs every check on every pair, also after a blocker. */
export function assess(
  facts: readonly SurveyFacts[],
  pairs: readonly Pair[],
  policy: Policy,
  scratch: Scratch = 'no',
): Assessment {
  if (facts.length !== pairs.length) {
    throw new RangeError(`${pairs.length} pairs, but facts of ${facts.length}`);
  }
  const contexts = pairs.flatMap((pair, pairIndex): CheckContext[] => {
    const seen = facts[pairIndex];
    return seen === undefined ? [] : [{ pair, pairIndex, facts: seen, policy, scratch }];
  });
  const found = contexts.flatMap((context) => CHECKS.map((check) => check(context)));
  const findings = ORDER.flatMap((severity) => found.filter((finding) => finding.severity === severity));
  if (findings.some((finding) => finding.severity === 'blocker')) return { findings, draft: null };
  const plans = contexts.flatMap((context) => pairPlan(context) ?? []);
  if (plans.length !== contexts.length) return { findings, draft: null };
  const worstMs = Math.max(0, ...plans.map(({ route }) => predictedFenceMs(route)));
  return { findings, draft: { findings, pairs: plans, predictedFenceMs: worstMs } };
}

/** null: a side was not read, which the check `reachable` has said. */
function pairPlan(context: CheckContext): PairPlan | null {
  const { source, target } = context.facts;
  if (source.kind !== 'read' || target.kind !== 'read') return null;
  const way = wayBack(source.identity, target.identity);
  // Settings for a login that cannot be had are not tried either.
  const { source: old, target: next } = context.pair;
  const seen: Seen = { side: 'source', name: old.name, otherName: next.name, facts: source };
  const stuck = way.possible ? loginBackIsStuck(seen, next) : null;
  const loginBack = stuck === null ? null : { possible: false, why: stuck.replace(/\.$/, '') };
  return {
    source: source.identity,
    target: target.identity,
    sourceUsedMemoryBytes: source.usedMemoryBytes,
    sourceKeys: totalKeys(source.keysByDb),
    dropsKeys: totalKeys(target.keysByDb),
    settings: settingChanges(source, target, context.pairIndex, context.pair),
    route: routeBetween(source.identity, target.identity),
    wayBack: loginBack ?? {
      possible: way.possible,
      why: way.caution === null ? way.why : `${way.why}; ${way.caution}`,
    },
    refusedBefore: source.refusedOfStream,
    forecast: foresee(source),
  };
}
