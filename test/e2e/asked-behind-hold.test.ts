// I1, I3: past the point of no return somebody points the new server elsewhere, and a person is asked. However long
// people think, the old server takes no write; and a hold that would shut out its readers stays only where nothing
// else keeps writes from it.

import { expect, it } from 'vitest';
import { capabilitiesOf } from '../../src/migration/capabilities.ts';
import { ask, isError } from '../../src/sandbox/load/resp.ts';
import { clientWrites, follow, startLoadedRig } from '../support/cutover-under-load.ts';
import { type Fault, startFaultyWorker } from '../support/faulty-worker.ts';
import { binaryOf, idOfRelease } from '../support/servers.ts';
import { until } from '../support/until.ts';

const DECIDED: Fault = { deed: 'kill', moment: 'after', act: 'record:promoting', cutover: 1 };

const BOTH_SIDES = 2;

const MOVES = (
  [
    ['6.0', '8.0'],
    ['2.8', '8.0'],
    ['2.4', '2.6'],
  ] as const
).flatMap(([from, to]) => {
  const [source, target] = [idOfRelease(from), idOfRelease(to)];
  return source === undefined || target === undefined ? [] : [{ source, target }];
});

for (const { source, target } of MOVES) {
  it(`I1 I3 ${source} takes no write while people are asked about ${target}, nor afterwards`, {
    timeout: 240_000,
  }, async () => {
    const rig = await startLoadedRig({ ferry: { role: 'bot' }, source, target });
    const worker = await startFaultyWorker(rig, DECIDED);
    try {
      await follow(rig);
      let looks = 0;
      await rig.startWorker({
        alter: (workflow) => ({
          ...workflow,
          servers: {
            ...workflow.servers,
            observe(...asked) {
              looks += 1;
              return workflow.servers.observe(...asked);
            },
          },
        }),
      });
      await rig.approve();
      await until(() => worker.hasFailed(), { what: 'the worker dies', deadlineMs: 40_000 });
      const promoted = { host: rig.target.host, port: rig.target.port };
      await ask(promoted, [['SLAVEOF', '127.0.0.1', '2']]);
      const { state } = await rig.reaches('needs-human');
      const before = looks;
      await until(() => looks >= before + 2 * BOTH_SIDES, { what: 'it is looked at again' });
      expect(JSON.stringify(state)).toContain('carts-old must not take writes again');
      const refused = await clientWrites(rig.source);
      const { version, flavour } = binaryOf(source);
      const stays = !capabilitiesOf({ product: flavour, version }).can('read-only-replica');
      expect(isError(refused) && refused.error).toMatch(stays ? /not permitted/ : /^READONLY/);
      // Pointed back, it goes on by itself.
      await ask(promoted, [['SLAVEOF', rig.source.host, String(rig.source.port)]]);
      expect(await rig.ends()).toBe('promoted');
      await rig.settles('promoted');
    } catch (error) {
      process.stderr.write(`${rig.log().split('\n').slice(-60).join('\n')}\n`);
      throw error;
    } finally {
      await worker.stop();
      await rig.stop();
    }
  });
}
