// How the writes go over, in words for plan, approval and report: what clients see.

import { fenceClause, fenceText } from '../../migration/fence-texts.ts';
import type { Plan } from '../../migration/plan.ts';
import { prose, say, type Words } from './words.ts';

/** `writers get NOPERM`: for the brackets after a predicted fence. */
export function clientsSee(plan: Plan): string {
  return fenceClause(plan.pairs.map(({ route }) => route));
}

/** For the report: the fence, the old address afterwards, and where the data did not go straight. */
export function routeLines(plan: Plan): readonly Words[] {
  const texts = plan.pairs.map(({ route }) => fenceText(route));
  const lines = texts.map(({ by, during, after }) => `Held by ${by}. ${during} ${after}`);
  const relayed = plan.pairs.some(({ route }) => route.through === 'relay');
  const through = relayed ? ["All data went through a relay in Ferry's worker."] : [];
  return [...new Set([...lines, ...through])].map((line) => say`${prose(line)}`);
}
