// Does the source's buffer for its replica hold what is written during the sync? If not, the source ends the
// link and the sync starts over, for ever.

import { foresee } from '../forecast.ts';
import { checkPair, confirm, ok, unknown, type Verdict, warning } from './check.ts';
import { bytes, duration } from './figures.ts';
import { type BufferLimit, outputBuffer } from './setting-changes.ts';

export const outputBufferLimit = checkPair('output-buffer', 'Output buffer', ({ name, facts }) => {
  const found = outputBuffer(facts);
  if (found === null) return unknown(`The output buffer limit of ${name} could not be read.`);
  const verdict = judge(name, found, foresee(facts).syncMs.most, freeBytes(facts));
  if (!found.rate.isAssumed || !Number.isFinite(found.limitBytes)) return verdict;
  return confirm(
    `${name} does not tell how much is written to it: 1 KB is assumed for each of its ${facts.opsPerSecond.toLocaleString('en-US')} commands a second. ${verdict.message}`,
    `If its values are larger, raise \`client-output-buffer-limit\` on ${name} yourself before you start.`,
  );
});

function judge(name: string, found: BufferLimit, syncMs: number, free: number): Verdict {
  const limit = Number.isFinite(found.limitBytes) ? bytes(found.limitBytes) : 'not limited';
  const need = `at up to ${bytes(found.rate.bytesPerSecond)}/s of writes and up to ${duration(syncMs)} of sync it needs up to ${bytes(found.neededBytes)}`;
  if (found.raiseToBytes === null) return ok(`The output buffer for replicas is ${limit}; ${need}.`);
  const told = `The output buffer limit for replicas of ${name} is ${limit}; ${need}. Ferry will set ${bytes(found.raiseToBytes)} for the transfer and put ${limit} back.`;
  if (found.neededBytes > free / 2) {
    return confirm(
      `${told} That may take more than half of the ${bytes(Math.max(0, free))} that its machine has left.`,
      'Start when fewer writes come in.',
    );
  }
  return warning(told, 'Nothing to do.');
}

function freeBytes(facts: { systemMemoryBytes: number | null; usedMemoryBytes: number }): number {
  return (facts.systemMemoryBytes ?? Number.POSITIVE_INFINITY) - facts.usedMemoryBytes;
}
