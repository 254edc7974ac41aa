// What will the snapshot's fork cost the source: a stall, memory for pages that change, the network, and does a
// snapshot succeed at all?

import { type Forecast, foresee } from '../forecast.ts';
import type { LatencyPolicy } from '../policy.ts';
import { checkPair, confirm, join, ok, type Seen, unknown, type Verdict, warning } from './check.ts';
import { between, bytes, duration } from './figures.ts';

export const snapshotCost = checkPair(
  'snapshot-cost',
  'Snapshot on the source',
  (source, target, context) => {
    const forecast = foresee(source.facts);
    return join([
      stall(source, forecast, context.policy.latency),
      ok(traffic(forecast, target.name)),
      memoryFor(source, forecast),
      ...lastSave(source),
    ]);
  },
);

function stall({ name, facts }: Seen, forecast: Forecast, { stallMs }: LatencyPolicy): Verdict {
  const { expectedForkMs, forkMs, forkFrom } = forecast;
  const basis =
    forkFrom === 'earlier-fork'
      ? `(${bytes(facts.usedMemoryBytes)}, as its last fork)`
      : `(${bytes(facts.usedMemoryBytes)}, with which it has not forked yet: ${between(forkMs, duration)} by machine)`;
  const told = `The snapshot's fork will stop ${name} for about ${duration(Math.max(1, expectedForkMs))} ${basis}.`;
  return expectedForkMs >= stallMs ? warning(told, 'Start when the load is low if clients mind.') : ok(told);
}

function traffic({ snapshotBytes, bytesPerSecond, syncMs, byDisk }: Forecast, target: string): string {
  const way = byDisk === null ? '' : byDisk ? ', written to disk first' : ', not written to disk';
  return `Up to ${bytes(snapshotBytes.most)} are sent to ${target}${way}, as fast as both servers and the network allow: up to ${bytes(bytesPerSecond.most)}/s. The sync takes ${between(syncMs, duration)}.`;
}

/** Pages of 4 KB, or of 2 MB where the version takes what its machine gives. */
function memoryFor({ name, facts }: Seen, { copyOnWriteBytes, hugePagesBytes }: Forecast): Verdict {
  const { systemMemoryBytes, usedMemoryBytes } = facts;
  const huge =
    hugePagesBytes === null
      ? ''
      : `, up to ${bytes(hugePagesBytes)} if its machine gives it huge pages, which cannot be seen`;
  const told = `while the snapshot is written, pages that change are copied, up to ${bytes(copyOnWriteBytes)} at the present load${huge}`;
  if (systemMemoryBytes === null) {
    return unknown(`How much memory the machine of ${name} has could not be read: ${told}.`);
  }
  const found = `${name} uses ${bytes(usedMemoryBytes)} of ${bytes(systemMemoryBytes)}: ${told}`;
  if (usedMemoryBytes * 2 <= systemMemoryBytes) return ok(`${found}.`);
  return warning(`${found}, at worst as much again.`, 'Start when few keys change.');
}

function lastSave({ name, facts }: Seen): readonly Verdict[] {
  if (facts.lastSaveOk !== false) return [];
  return [
    confirm(
      `The last snapshot of ${name} failed, so the one for the sync may fail, too.`,
      `Look at the log of ${name}: disk space, permissions, memory.`,
    ),
  ];
}
