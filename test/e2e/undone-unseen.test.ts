// I2, I10: Ferry loses sight of the new server behind a password, while that goes on following and is refused once a
// second. It may have counted the refusals as data: once it is seen again it takes a new snapshot before it counts.

import { expect, it } from 'vitest';
import { ask } from '../../src/sandbox/load/resp.ts';
import { follow, startLoadedRig } from '../support/cutover-under-load.ts';
import { type HeldLink, heldLink } from '../support/held-link.ts';
import { idOfRelease } from '../support/servers.ts';
import { until } from '../support/until.ts';

/** A follower of 6.0 or newer takes a refusal for damage, and drops the link instead of counting it. */
const BEHIND_PASSWORD = (['2.8', '5.0'] as const).flatMap((from) => {
  const [source, target] = [idOfRelease(from), idOfRelease('5.0')];
  return source === undefined || target === undefined ? [] : [{ source, target, counts: true }];
});
/** Users are held there, and nobody is refused what it acknowledges. */
const MOVES = [{ source: 'redis-6.0', target: 'redis-8.0', counts: false }, ...BEHIND_PASSWORD];

for (const { source, target, counts } of MOVES) {
  it(`I2 I10 ${source} to ${target}, which does not answer when the attempt is undone`, {
    timeout: 180_000,
  }, async () => {
    const sight: { link: HeldLink | null } = { link: null };
    const rig = await startLoadedRig({
      source,
      target,
      reach: async (server, port) => {
        if (server !== 'target') return port;
        sight.link = await heldLink(port);
        return sight.link.port;
      },
      ferry: {
        trace: {
          at: (moment, act) => {
            if (moment === 'after' && act === 'fence:source') sight.link?.hold();
          },
        },
      },
    });
    const snapshots = async () => {
      const [info] = await ask({ host: rig.source.host, port: rig.source.port }, [['INFO']]);
      return Number(/^sync_full:(\d+)/m.exec(String(info))?.[1]);
    };
    try {
      await follow(rig);
      const before = await snapshots();
      await rig.approve();
      const lost = await until(
        async () => {
          const { state, cutoverAttempts } = await rig.migration();
          return cutoverAttempts === 1 && state.phase !== 'cutting-over' ? state : null;
        },
        { what: 'the attempt is undone', deadlineMs: 40_000 },
      );
      const anew = { phase: 'syncing', progress: [{ pointed: 'anew' }] };
      expect(lost).toMatchObject(counts ? anew : { phase: 'following', approvals: [] });
      expect(await snapshots()).toBe(before);
      sight.link?.letGo();
      await until(
        async () => {
          const { state } = await rig.migration();
          return state.phase === 'following' && state.verification !== null;
        },
        { what: 'it follows, and its data was compared', deadlineMs: 60_000 },
      );
      expect(await snapshots()).toBe(counts ? before + 1 : before);
      expect(await rig.ends()).toBe('undone');
      await rig.settles('undone');
    } catch (error) {
      process.stderr.write(`${rig.log().split('\n').slice(-60).join('\n')}\n`);
      throw error;
    } finally {
      await rig.stop();
    }
  });
}
