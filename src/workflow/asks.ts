// Short work that touches a customer's server, done on a worker: the bot never opens one.

import { FerryError, refusal } from '../migration/errors.ts';
import { type FillParts, instanceOf, runTask, type TaskCourse } from './filling.ts';
import { measureLatency } from './latency/measure-latency.ts';
import { makePlan } from './planning.ts';
import type { AskAnswer, AskRequest } from './ports.ts';
import { chooseScratch } from './scratch.ts';
import type { Workflow } from './workflow.ts';

/** Answers a request; an expected "no" is an answer too. What takes long tells of its progress. */
export async function answerAsk(
  workflow: Workflow,
  fillParts: FillParts,
  request: AskRequest,
  course: TaskCourse,
): Promise<AskAnswer> {
  try {
    switch (request.kind) {
      case 'check': {
        const { inventory, clock } = workflow;
        const source = instanceOf(inventory, request.source);
        const target = instanceOf(inventory, request.target);
        const wanted = {
          pairs: [{ source, target }],
          policy: inventory.policyOf(source),
          hooks: inventory.hooks,
          rehearsal: null,
        };
        const { findings, plan } = await makePlan(workflow, wanted, { now: clock.now(), uid: null });
        return { kind: 'check', findings, plan };
      }
      case 'latency':
        return {
          kind: 'latency',
          report: await measureLatency(
            workflow,
            instanceOf(workflow.inventory, request.instance),
            request.forMs,
          ),
        };
      case 'info':
        return {
          kind: 'info',
          description: await workflow.servers.describe(instanceOf(workflow.inventory, request.instance)),
        };
      case 'scratch':
        return await chooseScratch(workflow, fillParts, request, course.signal);
      case 'fill':
      case 'clear':
        return { kind: 'done', outcome: await runTask(fillParts, request, course) };
    }
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { kind: 'refused', refusal: refusal(error.code, error.message, error.hint) };
  }
}
