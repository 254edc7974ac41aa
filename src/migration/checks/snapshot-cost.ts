// What will the snapshot's fork cost the source: a stall, memory for pages that change, and does a snapshot
// succeed at all?

import { checkPair, confirm, join, ok, unknown, type Verdict, warning } from './check.ts';
import { bytes, duration } from './figures.ts';

/** Measured: 21 to 31 ms per GB; 10 to 20 is usual. Used where the server has not forked yet. */
const FORK_MS_PER_GB = 25;
const GB = 1024 ** 3;

export const snapshotCost = checkPair(
  'snapshot-cost',
  'Snapshot on the source',
  (source, _target, context) => {
    const { name, facts } = source;
    const verdicts: Verdict[] = [];
    const forked = facts.latestForkUs !== null && facts.latestForkUs > 0;
    const used = facts.usedMemoryBytes;
    const stallMs = forked ? (facts.latestForkUs ?? 0) / 1_000 : (used / GB) * FORK_MS_PER_GB;
    const stall = `The snapshot's fork will stop ${name} for about ${duration(Math.max(1, stallMs))} (${bytes(used)}${forked ? ', as its last fork' : ''}).`;
    verdicts.push(
      stallMs >= context.policy.latency.stallMs
        ? warning(stall, 'Start when the load is low if clients mind.')
        : ok(stall),
    );
    if (facts.systemMemoryBytes === null) {
      verdicts.push(unknown(`How much memory the machine of ${name} has could not be read.`));
    } else if (used * 2 > facts.systemMemoryBytes) {
      verdicts.push(
        warning(
          `${name} uses ${bytes(used)} of ${bytes(facts.systemMemoryBytes)}: while the snapshot is written, busy pages are copied, up to as much again.`,
          'Start when few keys change.',
        ),
      );
    }
    if (facts.lastSaveOk === false) {
      verdicts.push(
        confirm(
          `The last snapshot of ${name} failed, so the one for the sync may fail, too.`,
          `Look at the log of ${name}: disk space, permissions, memory.`,
        ),
      );
    }
    return join(verdicts);
  },
);
