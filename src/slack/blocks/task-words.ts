// A fill or a clear in words: how far it is, and what came of it. Pure; the channel and the command line share it.

import { FILL_PREFIX } from '../../migration/scratch.ts';
import type { FillOutcome, TaskOutcome, TaskProgress } from '../../migration/task.ts';
import { counted, duration, number, percent, rate, size, timeLeft } from './figures.ts';
import { bold, code, say, type Words } from './words.ts';

/** `1.21 of 4.00 GB (30%), 143 MB/s, about 20 s left, 612,000 keys`. */
export function progressWords(progress: TaskProgress): Words {
  if (progress.task === 'clear') {
    const { removed, numbered } = progress;
    return say`${number(removed)} of up to ${counted(numbered, 'key')} removed`;
  }
  const { usedBytes, goalBytes, keys, bytesPerSecond } = progress;
  const share = percent(usedBytes / goalBytes);
  const so = say`${size(usedBytes)} of ${size(goalBytes)}${share === null ? '' : ` (${share})`}`;
  if (bytesPerSecond === null || bytesPerSecond <= 0) return say`${so}, ${counted(keys, 'key')}`;
  const leftMs = ((goalBytes - usedBytes) / bytesPerSecond) * 1_000;
  return say`${so}, ${rate(bytesPerSecond)}, ${timeLeft({ leftMs })}, ${counted(keys, 'key')}`;
}

/** What is there now, and what the next thing to do is. */
export function outcomeWords(name: string, outcome: TaskOutcome): Words {
  if (outcome.task === 'fill') return fillWords(name, outcome);
  const { removed, tookMs, usedBytes } = outcome;
  if (removed === 0) return say`There is nothing on ${code(name)} that Ferry wrote to fill it.`;
  return say`${bold(`${name} is cleared`)}: ${counted(removed, 'key')} under ${code(FILL_PREFIX)} removed in ${duration(tookMs)}; used_memory is ${size(usedBytes)}. Every other key is as it was.`;
}

function fillWords(name: string, outcome: FillOutcome): Words {
  const { usedBytes, targetBytes, keys, tookMs, bytesPerSecond, maxMemoryBytes } = outcome;
  const at = bytesPerSecond === null ? '' : `, ${rate(bytesPerSecond)}`;
  const written = say`${counted(keys, 'key')} under ${code(FILL_PREFIX)} written in ${duration(tookMs)}${at}`;
  if (maxMemoryBytes !== null) {
    return say`${bold(`${name} is filled to ${size(usedBytes)}, not to ${size(targetBytes)}`)}: its maxmemory is ${size(maxMemoryBytes)}, and past that it would evict keys or refuse writes. ${written}. For more, raise maxmemory and fill again.`;
  }
  if (keys === 0) {
    return say`${code(name)} has ${size(usedBytes)} of used_memory already; nothing was written.`;
  }
  return say`${bold(`${name} is filled to ${size(usedBytes)}`)}: ${written}.`;
}
