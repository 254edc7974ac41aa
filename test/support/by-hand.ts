// What Ferry is measured against: the same two servers brought in step and switched by Redis's own commands.

import { infoText, offsetOf, parseInfo } from '../../src/redis/info.ts';
import { type Address, ask } from '../../src/sandbox/load/resp.ts';
import { wireTo } from './data.ts';
import type { LoadedPair } from './loaded-pair.ts';
import { loadOver } from './passage.ts';
import { until } from './until.ts';

/** REPLICAOF, until the target has what the source has. */
export async function replicate({ source, at }: Pick<LoadedPair, 'source' | 'at'>): Promise<void> {
  await ask(at.new, [['REPLICAOF', source.host, String(source.port)]]);
  await until(
    async () => {
      const ahead = offsetOf(await infoOf(at.old));
      const behind = await infoOf(at.new);
      return infoText(behind, 'master_link_status') === 'up' && offsetOf(behind) >= ahead;
    },
    { what: 'the target has caught up', deadlineMs: 120_000 },
  );
}

async function infoOf(at: Address) {
  const [text] = await ask(at, [['INFO', 'replication']]);
  return parseInfo(String(text));
}

export interface Failover {
  /** From the command until the target is a primary: as long is nobody's write taken. */
  readonly fenceTimeMs: number;
  /** The longest that a writer who knows both addresses saw. */
  readonly gapMs: number;
}

/** One FAILOVER (6.2 and newer) under numbered writes. Both servers are as before once `pair.reset` was called. */
export async function failover(pair: LoadedPair, prefix: string): Promise<Failover> {
  const options = { prefix, staysMs: 0, watchesSides: false };
  const { load } = await loadOver(pair, options, () => replicate(pair));
  const target = await wireTo(pair.target.port);
  try {
    const startedMs = performance.now();
    await ask(pair.at.old, [['FAILOVER']]);
    await until(async () => String(await target.ask(['ROLE'])).startsWith('master'), {
      what: 'the target is a primary',
      everyMs: 1,
    });
    const fenceTimeMs = performance.now() - startedMs;
    await until(async () => (await load.figures()).holder === 'new', { what: 'all writers have moved' });
    return { fenceTimeMs, gapMs: (await load.figures()).switchGapMs ?? Number.NaN };
  } finally {
    target.close();
    await load.stop();
  }
}
