// surveying: reads both sides and makes the plan. Changes nothing.

import { makePlan } from '../planning.ts';
import { happened, type Step } from './step.ts';

export const surveying: Step<'surveying'> = async (session) => {
  const { pairs, policy, hooks } = session.migration;
  const { findings, plan } = await makePlan(session.workflow, { pairs, policy, hooks }, session.now());
  return happened({ kind: 'surveyed', findings, plan });
};
