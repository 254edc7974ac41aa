// The main job, from the typed command to the report, over both transports: real servers, real Slack protocol.

import { describe, expect, it } from 'vitest';
import { ping } from '../../src/sandbox/servers/ping.ts';
import { fill, run, wireTo } from '../support/data.ts';
import { startRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

describe.each(['socket', 'http'] as const)('over %s', (transport) => {
  it('moves a live Redis, with buttons, and reports', { timeout: 120_000 }, async () => {
    const rig = await startRig({ transport });
    try {
      await fill(rig.source.port, { keys: 2_000 });
      const target = await wireTo(rig.target.port);
      await run(target, [['SET', 'old-news', '1']]);
      expect(await rig.type('/redis migrate carts-old carts-new')).toContain(
        'Looking at carts-old and carts-new',
      );
      await rig.reaches('planned');
      // I5: the key that goes is named, and only an approver may start.
      const asked = await rig.offering('ferry.start');
      expect(asked.text + JSON.stringify(asked.blocks)).toMatch(/1 key/);
      await rig.press('U0BEN', 'ferry.start');
      await rig.reaches('following');
      await rig.press('U0BEN', 'ferry.approve');
      const watching = await rig.reaches('watching');
      expect(watching.state.phase === 'watching' && watching.state.wayBack.state).toBe('open');
      await rig.press('U0EVA', 'ferry.complete');
      await rig.reaches('completed');
      await until(() => rig.thread().some((message) => /report|All steps done/i.test(message.text)), {
        what: `the report is in the thread: ${rig
          .thread()
          .map((m) => m.text)
          .join(' | ')}`,
        deadlineMs: 20_000,
      });
      expect(await ping(rig.target.port, null)).toBe('ready');
    } catch (error) {
      console.error(rig.log().split('\n').slice(-60).join('\n'));
      throw error;
    } finally {
      await rig.stop();
    }
  });
});
