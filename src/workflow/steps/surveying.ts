// surveying: reads both sides and makes the plan. Changes nothing.

import { makePlan } from '../planning.ts';
import { happened, type Step } from './step.ts';

export const surveying: Step<'surveying'> = async (session) => {
  const now = session.now();
  const { findings, plan } = await makePlan(session.workflow, session.migration, {
    now,
    uid: session.owner.uid,
  });
  return happened({ kind: 'surveyed', findings, plan });
};
