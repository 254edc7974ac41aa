// The relay lives in a worker: with the worker it ends, and the next one opens another. The target is pointed there
// anew and takes the whole snapshot again; people read why. Needs a server of before 2.8.

import { describe, expect, it, onTestFinished } from 'vitest';
import { compareVersions } from '../../src/migration/capabilities.ts';
import { ask } from '../../src/sandbox/load/resp.ts';
import { startLoadedPair } from '../support/loaded-pair.ts';
import { binaryOf, versions } from '../support/servers.ts';
import { until } from '../support/until.ts';

const WITHIN_MS = 150_000;
const OLDEST = versions().filter((id) => compareVersions(binaryOf(id).version, '2.8') < 0);

/** From REDIS_BIN_DIR only: no package has one. */
describe.skipIf(OLDEST.length === 0)('through the relay', () => {
  it.for(OLDEST.length === 0 ? ['none'] : OLDEST)(
    'I8 %s: another worker opens the relay anew, and it goes on',
    {
      timeout: WITHIN_MS,
    },
    async (source) => {
      const pair = await startLoadedPair({ source, target: 'redis-8.0', patienceMs: 60_000 });
      onTestFinished(() => pair.stop());
      await ask(pair.at.old, [['SET', 'before', '1']]);
      const uid = await pair.follow();
      const [first] = (await pair.record(uid)).relays;
      expect(first).not.toBe(null);
      await pair.stopWorker();
      await ask(pair.at.old, [['SET', 'meanwhile', '1']]);
      await pair.startWorker();
      const reason = await until(
        async () =>
          (await pair.said(uid)).flatMap((body) => (body.kind === 'fell-behind' ? [body.reason] : []))[0],
        { what: 'the thread is told of the relay', deadlineMs: 30_000 },
      );
      expect(reason).toContain('relay of carts-old');
      const again = await pair.asked(uid);
      expect(again.state.phase).toBe('following');
      expect(String(await ask(pair.at.new, [['GET', 'meanwhile']]))).toBe('1');
      // A worker that ends is no loop: nothing is held against the pair.
      expect((await pair.said(uid)).filter(({ kind }) => kind === 'transfer-restarted')).toEqual([]);
      await pair.cutOver(uid);
    },
  );
});
