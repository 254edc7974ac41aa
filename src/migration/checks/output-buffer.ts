// Does the source's buffer for its replica hold what is written during the sync? If not, the source ends the
// link and the sync starts over, for ever.

import { checkPair, confirm, ok, unknown, warning } from './check.ts';
import { bytes, duration } from './figures.ts';
import { outputBuffer, predictedSyncMs } from './setting-changes.ts';

export const outputBufferLimit = checkPair('output-buffer', 'Output buffer', ({ name, facts }) => {
  const found = outputBuffer(facts);
  if (found === null) {
    return unknown(`The output buffer limit or the write rate of ${name} could not be read.`);
  }
  const limit = Number.isFinite(found.limitBytes) ? bytes(found.limitBytes) : 'not limited';
  const need = `at up to ${bytes(facts.inputBytesPerSecond ?? 0)}/s of writes and about ${duration(predictedSyncMs(facts))} of sync it needs up to ${bytes(found.neededBytes)}`;
  if (found.raiseToBytes === null) return ok(`The output buffer for replicas is ${limit}; ${need}.`);
  const free = (facts.systemMemoryBytes ?? Number.POSITIVE_INFINITY) - facts.usedMemoryBytes;
  const told = `The output buffer limit for replicas of ${name} is ${limit}; ${need}. Ferry will set ${bytes(found.raiseToBytes)} for the transfer and put ${limit} back.`;
  if (found.neededBytes > free / 2) {
    return confirm(
      `${told} That may take more than half of the ${bytes(Math.max(0, free))} that its machine has left.`,
      'Start when fewer writes come in.',
    );
  }
  return warning(told, 'Nothing to do.');
});
