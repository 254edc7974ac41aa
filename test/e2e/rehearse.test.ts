// A rehearsal, typed in Slack: a whole sync onto a scratch server while clients write, a report, and everything as it
// was. Nobody is asked to approve, and no write waits or is refused (I4, I5, I12).

import { expect, test } from 'vitest';
import type { WireConnection } from '../../src/redis/wire/connection.ts';
import { textOf } from '../../src/redis/wire/reply.ts';
import { fill } from '../../src/sandbox/load/fill.ts';
import { ask } from '../../src/sandbox/load/resp.ts';
import { wireTo } from '../support/data.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { idOfRelease } from '../support/servers.ts';
import { until } from '../support/until.ts';

const SETTINGS = [
  'repl-backlog-size',
  'client-output-buffer-limit',
  'repl-diskless-sync-delay',
  'masterauth',
];

/** The old ones are synced by other ways; a full run has them. */
const SOURCES = FULL_RUN
  ? ['2.4', '2.6', '2.8', '4.0', '6.2', '7.0'].flatMap((release) => idOfRelease(release) ?? [])
  : ['redis-7.0'];

test.each(SOURCES)(
  'I4 I5 I12 a rehearsal copies, compares, reports and puts everything back (%s)',
  {
    timeout: 120_000,
  },
  async (id) => {
    // Before 2.8.18 nobody waits, and the setting is not known.
    const settings = /^redis-2\.[46]/.test(id) ? { 'repl-diskless-sync-delay': [] } : {};
    const rig = await startRig({
      source: id,
      sourceOptions: { settings },
      policy: ['    rehearsal: true'],
    });
    const source = await wireTo(rig.source.port);
    const target = await wireTo(rig.target.port);
    try {
      await fill({ host: rig.source.host, port: rig.source.port }, 3_000);
      const before = await settingsOf(source, target);

      await target.ask(['SET', 'customer:1', 'not of a fill']);
      await rig.type('/redis rehearse carts-old');
      await tells(rig, 'carts-new holds keys that no fill wrote.');
      await tells(rig, 'carts-twin is the source itself.');
      await tells(rig, 'ferrys-own is the Redis that Ferry keeps its records in.');
      expect(await target.ask(['DBSIZE'])).toBe(1);
      await target.ask(['DEL', 'customer:1']);
      await target.ask(['SET', 'ferry:fill:0', 'junk']);

      await rig.type('/redis rehearse carts-old');
      const planned = await rig.reaches('planned');
      expect(planned.rehearsal).toEqual({ outcome: null });
      const card = await until(() => rig.thread()[0], { what: 'the card' });
      expect(card.versions[0]?.text).toContain('m1 · rehearsal · carts-old → carts-new');
      const writing = writer(rig);
      // I5: also junk goes only when somebody confirmed how many keys of it there are.
      const question =
        /^\*Start the rehearsal m1: .*the copy on carts-new is deleted.*1 key on carts-new will be/;
      await until(() => rig.thread().some(({ text }) => question.test(text)), { what: 'the question' });
      await rig.press('U0BEN', 'ferry.start');
      const over = await rig.reaches('aborted');
      const acknowledged = await writing.stop();

      expect(over.rehearsal?.outcome).toMatchObject({ verification: { differenceCount: 0 } });
      expect(over.cutoverAttempts).toBe(0);
      expect(over.ledger.filter(({ state }) => state !== 'restored')).toEqual([]);
      expect(await settingsOf(source, target)).toEqual(before);
      for (const each of [source, target]) {
        const info = textOf(await each.ask(['INFO']));
        expect(info).toContain('role:master');
        expect(info).toContain('connected_slaves:0');
      }
      expect(await target.ask(['DBSIZE'])).toBe(0);
      expect(await source.ask(['KEYS', 'ferry:*'])).toEqual([]);
      expect(Number(textOf(await source.ask(['GET', 'written'])))).toBe(acknowledged.count);
      expect(acknowledged.refused).toBe(0);

      const report = await until(() => rig.thread().find(({ text }) => text.startsWith('*Report of m1')), {
        what: 'the report',
        deadlineMs: 20_000,
      });
      const whole = JSON.stringify(report.blocks);
      for (const part of [
        'rehearsed after',
        'Synced|Sync',
        'equal at',
        'Fence under',
        'an empty primary again',
      ]) {
        expect(whole).toMatch(new RegExp(part));
      }
      const shown = JSON.stringify([...rig.slack.workspace.messages.values(), ...rig.slack.calls()]);
      for (const action of ['ferry.approve', 'ferry.hold', 'ferry.revert', 'ferry.complete']) {
        expect(shown).not.toContain(action);
      }
    } catch (error) {
      console.error(rig.log().split('\n').slice(-40).join('\n'));
      throw error;
    } finally {
      source.close();
      target.close();
      await rig.stop();
    }
  },
);

/** Counts on the source, one after the other, until it is stopped. */
function writer(rig: Rig) {
  const at = { host: rig.source.host, port: rig.source.port };
  let isOn = true;
  let count = 0;
  let refused = 0;
  const running = (async () => {
    while (isOn) {
      const [reply] = await ask(at, [['INCR', 'written']]);
      if (typeof reply === 'number') count += 1;
      else refused += 1;
    }
  })();
  // A test that fails stops the server under it.
  running.catch(() => undefined);
  return {
    async stop() {
      isOn = false;
      await running;
      return { count, refused };
    },
  };
}

async function settingsOf(...servers: readonly WireConnection[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const each of servers) {
    for (const name of SETTINGS) {
      const reply = await each.ask(['CONFIG', 'GET', name]);
      lines.push(Array.isArray(reply) ? reply.map(textOf).join(' ') : '');
    }
  }
  return lines;
}

async function tells(rig: Rig, text: string): Promise<void> {
  await until(() => rig.slack.ephemerals('U0ANA').some((each) => each.text.includes(text)), {
    what: `an answer with: ${text}; there are: ${rig.slack
      .ephemerals('U0ANA')
      .map((each) => each.text)
      .join(' | ')}`,
    deadlineMs: 20_000,
  });
}
