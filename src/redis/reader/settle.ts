// Tells keys that differ from keys that only changed while they were compared. A difference is said only of a
// key that provably stood still on the source: a WATCH over both readings, the target in step between them.

import type { Clock } from '../../workflow/ports.ts';
import { serverError } from '../server-error.ts';
import type { Command } from '../wire/command.ts';
import type { WireConnection } from '../wire/connection.ts';
import { ErrorReply, type Reply } from '../wire/reply.ts';
import { type Comparison, compare, type ExpiryRules, type Fingerprint, stoodStill } from './fingerprint.ts';
import type { InStep } from './in-step.ts';
import type { SideReader } from './side.ts';
import { slices } from './slices.ts';
import type { Tally } from './tally.ts';

export interface Compared {
  readonly source: SideReader;
  readonly target: SideReader;
  readonly rules: ExpiryRules;
  readonly inStep: InStep;
  readonly tally: Tally;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export const SLICE_KEYS = 1_000;
/** One round each, the pause first. */
const PAUSES_MS = [0, 50, 100, 200, 400, 800];

/** The first look, without waiting for anything: gives the keys that need another. */
export async function compareOnce(
  { source, target, rules, tally }: Compared,
  db: number,
  keys: readonly Buffer[],
): Promise<readonly Buffer[]> {
  const [here, there] = await Promise.all([source.read(keys), target.read(keys)]);
  return keys.filter((key, i) => {
    const [one, other] = [here[i], there[i]];
    if (one === undefined || other === undefined) return true;
    const comparison = compare(one, other, rules);
    if (comparison.kind === 'differs') return true;
    tally.settle(db, key, comparison, one);
    return false;
  });
}

/** Looks at keys of one database again, until each has an answer or kept changing for all rounds. */
export async function settle(compared: Compared, db: number, keys: readonly Buffer[]): Promise<void> {
  let open = keys;
  for (const pauseMs of PAUSES_MS) {
    if (open.length === 0) return;
    await compared.clock.sleep(pauseMs, compared.signal);
    const stillOpen: Buffer[] = [];
    for (const slice of slices(open, SLICE_KEYS)) stillOpen.push(...(await lookAgain(compared, db, slice)));
    open = stillOpen;
  }
  for (const key of open) compared.tally.giveUp(db, key);
}

/** Source, target in step, source again. Gives the keys that changed meanwhile. */
async function lookAgain(compared: Compared, db: number, keys: readonly Buffer[]): Promise<Buffer[]> {
  const { source, target, rules, inStep, tally } = compared;
  const before = await source.read(keys);
  await inStep.wait();
  const there = await target.read(keys);
  const after = await source.read(keys);
  const open: Buffer[] = [];
  const suspects: Buffer[] = [];
  for (const [i, key] of keys.entries()) {
    const [first, seen, last] = [before[i], there[i], after[i]];
    if (first === undefined || seen === undefined || last === undefined) continue;
    const agreed = [first, last].find((each) => compare(each, seen, rules).kind !== 'differs');
    if (agreed !== undefined) tally.settle(db, key, compare(agreed, seen, rules), agreed);
    else if (stoodStill(first, last, rules)) suspects.push(key);
    else open.push(key);
  }
  return [...open, ...(await prove(compared, db, suspects))];
}

/**
 * Looks at suspects under WATCH, which also notices a key that changed and changed back. Halves the keys where
 * one of them changed, down to that one. Gives the keys that changed.
 */
async function prove(compared: Compared, db: number, keys: readonly Buffer[]): Promise<readonly Buffer[]> {
  if (keys.length === 0) return [];
  const { source, rules, tally } = compared;
  await source.connection.ask(['WATCH', ...keys]);
  const here = await source.read(keys);
  const there = await readInStep(compared, keys, here);
  const untouched = await endWatch(source.connection);
  const open: Buffer[] = [];
  for (const [i, key] of keys.entries()) {
    const [one, other] = [here[i], there[i]];
    if (one === undefined || other === undefined) continue;
    const comparison: Comparison = compare(one, other, rules);
    const torn = one.extent === 'torn' || other.extent === 'torn';
    if (comparison.kind === 'differs' && (!untouched || torn)) open.push(key);
    else tally.settle(db, key, comparison, one);
  }
  if (untouched || keys.length === 1) return open;
  const half = Math.ceil(open.length / 2);
  return [
    ...(await prove(compared, db, open.slice(0, half))),
    ...(await prove(compared, db, open.slice(half))),
  ];
}

/** The target's side of keys that differ: looked at as often as a proof takes, the latest of each. */
async function readInStep(
  { target, rules, inStep }: Compared,
  keys: readonly Buffer[],
  here: readonly Fingerprint[],
): Promise<readonly Fingerprint[]> {
  let there: readonly Fingerprint[] = [];
  for (let proof = 1; proof <= inStep.proofs; proof += 1) {
    await inStep.wait();
    there = await target.read(keys);
    const differs = ({ kind }: Comparison): boolean => kind === 'differs';
    if (!here.some((one, i) => differs(compare(one, there[i] ?? one, rules)))) break;
  }
  return there;
}

/** An empty transaction: EXEC answers nothing when a watched key was touched. */
async function endWatch(connection: WireConnection): Promise<boolean> {
  const commands: Command[] = [['MULTI'], ['EXEC']];
  let result: Reply = null;
  await connection.send(commands, (reply, i) => {
    if (reply instanceof ErrorReply) {
      throw serverError(connection.who, commands[i]?.[0] ?? 'EXEC', new Error(reply.text));
    }
    result = reply;
  });
  return result !== null;
}
