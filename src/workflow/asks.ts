// Short work that touches a customer's server, done on a worker: the bot never opens one.

import { FerryError, refusal } from '../migration/errors.ts';
import type { Instance } from '../migration/instance.ts';
import { measureLatency } from './latency/measure-latency.ts';
import { makePlan } from './planning.ts';
import type { AskAnswer, AskRequest } from './ports.ts';
import type { Workflow } from './workflow.ts';

/** Answers a request; an expected "no" is an answer too. */
export async function answerAsk(workflow: Workflow, request: AskRequest): Promise<AskAnswer> {
  try {
    switch (request.kind) {
      case 'check': {
        const { inventory, clock } = workflow;
        const source = instanceOf(workflow, request.source);
        const target = instanceOf(workflow, request.target);
        const wanted = {
          pairs: [{ source, target }],
          policy: inventory.policyOf(source),
          hooks: inventory.hooks,
        };
        const { findings, plan } = await makePlan(workflow, wanted, { now: clock.now(), uid: null });
        return { kind: 'check', findings, plan };
      }
      case 'latency':
        return {
          kind: 'latency',
          report: await measureLatency(workflow, instanceOf(workflow, request.instance), request.forMs),
        };
      case 'info':
        return {
          kind: 'info',
          description: await workflow.servers.describe(instanceOf(workflow, request.instance)),
        };
    }
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { kind: 'refused', refusal: refusal(error.code, error.message, error.hint) };
  }
}

function instanceOf(workflow: Workflow, name: string): Instance {
  const found = workflow.inventory.find(name);
  if (found !== null) return found;
  throw new FerryError('unknown-instance', `The worker's inventory has no \`${name}\`.`, {
    hint: 'Bot and worker must read the same configuration.',
  });
}
