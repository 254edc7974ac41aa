// Which scratch server a rehearsal goes to: in an environment for rehearsals, free, empty or full of junk only, and
// of a version that can read the source's snapshots. Changes nothing.

import { compareVersions } from '../migration/capabilities.ts';
import { FerryError } from '../migration/errors.ts';
import { type Identity, type Instance, sameRun } from '../migration/instance.ts';
import { mayRehearseOn } from '../migration/scratch.ts';
import { takenAs } from '../migration/task.ts';
import { pathBetween } from '../migration/version-paths.ts';
import { type FillParts, instanceOf } from './filling.ts';
import type { ScratchAnswer, ScratchRequest } from './ports.ts';
import type { Workflow } from './workflow.ts';

type Judged =
  | { readonly name: string; readonly fits: Identity }
  | { readonly name: string; readonly fits: null; readonly why: string };

/** The newest that fits, of the source's own product if there is one; or why each does not. */
export async function chooseScratch(
  workflow: Workflow,
  fillParts: FillParts,
  request: ScratchRequest,
  signal: AbortSignal,
): Promise<ScratchAnswer> {
  const source = instanceOf(workflow.inventory, request.source);
  const { identity } = await workflow.servers.describe(source);
  const judged = await Promise.all(
    request.candidates.map((name) => judge(workflow, fillParts, identity, name, signal)),
  );
  const fitting = judged.flatMap((each) => (each.fits === null ? [] : [each]));
  const [best] = fitting.sort(
    (a, b) =>
      Number(b.fits.product === identity.product) - Number(a.fits.product === identity.product) ||
      compareVersions(b.fits.version, a.fits.version),
  );
  const unfit = judged.flatMap((each) => (each.fits === null ? [{ name: each.name, why: each.why }] : []));
  return { kind: 'scratch', target: best?.name ?? null, unfit };
}

async function judge(
  workflow: Workflow,
  fillParts: FillParts,
  source: Identity,
  name: string,
  signal: AbortSignal,
): Promise<Judged> {
  try {
    const instance = instanceOf(workflow.inventory, name);
    const found = await look(workflow, fillParts, source, instance, signal);
    return typeof found === 'string' ? { name, fits: null, why: found } : { name, fits: found };
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { name, fits: null, why: error.message };
  }
}

/** A sentence: why it does not fit. */
async function look(
  { inventory, records }: Workflow,
  { filler, ferrysRunId }: FillParts,
  source: Identity,
  instance: Instance,
  signal: AbortSignal,
): Promise<Identity | string> {
  const { name } = instance;
  const refused = mayRehearseOn(instance, inventory.policyOf(instance), 'rehearse');
  if (refused !== null) return refused.message;
  const scratch = await filler.open(instance);
  try {
    const { identity } = scratch;
    if (sameRun(identity.runId, source.runId)) return `${name} is the source itself.`;
    if (identity.runId === ferrysRunId) return `${name} is the Redis that Ferry keeps its records in.`;
    const holder = await records.holderOf(instance, identity.runId);
    if (holder !== null) return `${name} is ${takenAs(holder)}.`;
    const path = pathBetween(source, identity);
    if (path.kind === 'no') return `${name} ${path.reason}.`;
    const foreign = await scratch.foreignKeys(signal);
    return foreign === 0 ? identity : `${name} holds keys that no fill wrote.`;
  } finally {
    await scratch.close();
  }
}
