// I2: Revert names what it would lose, as far as the old server's own counter tells, and never promises more.

import { expect, it, onTestFinished } from 'vitest';
import { type Address, ask } from '../../src/sandbox/load/resp.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type Rig, type RigOptions, startRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 120_000 };

it('I2 7.0 behind 8.0: what it refuses is counted, told, and named before the click', TIMEOUT, async () => {
  const { rig, old, fresh } = await watching({ source: 'redis-7.0', target: 'redis-8.0' });
  // What clients of the old address get wrong is no loss.
  for (const wrong of [['SET', 'late', '1'], ['NO-SUCH-COMMAND'], ['CLIENT', 'NO-SUCH-SUBCOMMAND']]) {
    await expect(ask(old, [wrong])).rejects.toThrow(/^(READONLY|ERR)/);
  }
  await looked(rig);
  expect(await dialog(rig)).toContain('Nothing is lost while the way back is open.');
  expect((await rig.offering('ferry.revert')).text).toContain('would keep every write.');
  const stale = await rig.offering('ferry.revert');

  await ask(fresh, [['HSETEX', 'cart:1', 'EX', '100', 'FIELDS', '1', 'item', 'v']]);
  const told = await until(() => rig.thread().find(({ text }) => text.includes('refused commands')), {
    what: 'the thread tells of the refused command',
    deadlineMs: 20_000,
  });
  expect(told.text).toContain('carts-old refused commands that clients use on carts-new, at least once');
  await until(async () => (await dialog(rig)).includes('Lost: '), { what: 'the dialog names the loss' });
  expect(await dialog(rig)).toContain(
    'Lost: what clients wrote by commands that carts-old refused, at least once.',
  );

  await rig.slack
    .as('U0BEN')
    .click(stale.ts, 'ferry.revert')
    .catch(() => undefined);
  await looked(rig);
  expect((await rig.migration()).state.phase).toBe('watching');
  await ask(fresh, [['HSETEX', 'cart:2', 'EX', '100', 'FIELDS', '1', 'item', 'v']]);
  await until(async () => (await dialog(rig)).includes('at least 2 times'), { what: 'the dialog keeps up' });
  expect(rig.thread().filter(({ text }) => text.includes('refused commands that clients'))).toHaveLength(1);

  await rig.press('U0BEN', 'ferry.revert');
  const { state } = await rig.reaches('reverted');
  expect(state).toMatchObject({ unapplied: { times: 2, counted: true } });
  expect(await ask(old, [['EXISTS', 'cart:1']])).toEqual([0]);
  await until(
    () =>
      rig
        .thread()
        .some(({ text, blocks }) =>
          `${text}${JSON.stringify(blocks)}`.includes('the revert lost what they wrote'),
        ),
    {
      what: 'the report says what was lost',
    },
  );
});

it.runIf(FULL_RUN)(
  'I2 I10 6.0 behind 8.0: where nothing proves it, the dialog does not promise it',
  TIMEOUT,
  async () => {
    const { rig, fresh } = await watching({ source: 'redis-6.0', target: 'redis-8.0' });
    await looked(rig);
    const before = await dialog(rig);
    expect(before).toContain('Also lost: what they wrote by LMOVE, COPY,');
    expect(before).not.toContain('Nothing is lost');
    expect((await rig.offering('ferry.revert')).text).toContain(
      'of the rest what carts-old understands (not LMOVE',
    );

    await ask(fresh, [
      ['SET', 'a', '1'],
      ['COPY', 'a', 'b'],
    ]);
    await until(async () => (await dialog(rig)).includes('commands that carts-old refused, at least once'), {
      what: 'the dialog names what was refused',
      deadlineMs: 20_000,
    });
  },
);

it.runIf(FULL_RUN)(
  'I2 a click of a moment before does not count for what was refused since',
  TIMEOUT,
  async () => {
    const { rig, fresh } = await watching({ source: 'redis-7.0', target: 'redis-8.0' });
    await looked(rig);
    const before = await rig.offering('ferry.revert');
    await ask(fresh, [['HSETEX', 'cart:1', 'EX', '100', 'FIELDS', '1', 'item', 'v']]);
    await rig.slack
      .as('U0BEN')
      .click(before.ts, 'ferry.revert')
      .catch(() => undefined);
    await until(() => rig.thread().some(({ text }) => text.includes('refused commands that clients')), {
      what: 'the thread tells of the refused command',
      deadlineMs: 20_000,
    });
    await looked(rig);
    const { state } = await rig.migration();
    expect(state).toMatchObject({ phase: 'watching', revertBy: null });
  },
);

async function watching(
  options: Pick<RigOptions, 'source' | 'target'>,
): Promise<{ rig: Rig; old: Address; fresh: Address }> {
  const rig = await startRig(options);
  onTestFinished(() => rig.stop());
  await rig.type('/redis migrate carts-old carts-new');
  await rig.press('U0BEN', 'ferry.start');
  await rig.press('U0BEN', 'ferry.approve');
  await rig.reaches('watching');
  const at = ({ host, port }: Rig['source']): Address => ({ host, port });
  const pair = { rig, old: at(rig.source), fresh: at(rig.target) };
  await until(async () => String((await ask(pair.old, [['ROLE']]))[0]).includes('connected'), {
    what: 'the old source follows',
  });
  return pair;
}

/** What the newest Revert asks before it counts. */
async function dialog(rig: Rig): Promise<string> {
  const { blocks } = await rig.offering('ferry.revert');
  return /catches up and takes them again\. (.*?) Clients must use/.exec(JSON.stringify(blocks))?.[1] ?? '';
}

/** Two looks from now on have been taken. */
async function looked(rig: Rig): Promise<void> {
  const seen = async () =>
    Number(
      /cmdstat_info:calls=(\d+)/.exec(
        String((await ask({ host: rig.source.host, port: rig.source.port }, [['INFO', 'commandstats']]))[0]),
      )?.[1],
    );
  const before = await seen();
  await until(async () => (await seen()) - before > 12, { what: 'two more looks', deadlineMs: 20_000 });
}
