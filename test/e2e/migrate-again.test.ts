// I6 I12: a server that a migration parked at its end can be used for the next one at once: nothing that Ferry left
// there says that the one before still goes on.

import { expect, it, onTestFinished } from 'vitest';
import { ask } from '../../src/sandbox/load/resp.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const OWN_KEYS = ['ferry:guard', 'ferry:lock', 'ferry:hold'];

const atOf = ({ host, port }: RunningServer) => ({ host, port });

async function cutOver(id: string, rig: Rig): Promise<void> {
  await rig.reaches('planned', { id });
  await pressNewest(rig, 'ferry.start');
  await rig.reaches('following', { id });
  await until(() => offers(rig, 'ferry.approve', id), {
    what: `${id} asks for approval`,
    deadlineMs: 30_000,
  });
  await pressNewest(rig, 'ferry.approve');
  await rig.reaches('watching', { id });
}

function newest(rig: Rig, action: string) {
  const all = [...rig.slack.workspace.messages.values()];
  return all.findLast(({ blocks }) => JSON.stringify(blocks).includes(`"${action}"`));
}

function offers(rig: Rig, action: string, id: string): boolean {
  const message = newest(rig, action);
  return message !== undefined && `${message.text} ${JSON.stringify(message.blocks)}`.includes(id);
}

async function pressNewest(rig: Rig, action: string): Promise<void> {
  const message = await until(() => newest(rig, action), {
    what: `${action} is offered`,
    deadlineMs: 20_000,
  });
  await rig.slack.as('U0BEN').click(message.ts, action);
}

/** As the README says: a server that was set aside becomes a primary again by hand. */
async function useAgain(server: RunningServer): Promise<void> {
  const [, left] = await ask(atOf(server), [
    ['REPLICAOF', 'NO', 'ONE'],
    ['EXISTS', ...OWN_KEYS],
  ]);
  expect(left).toBe(0);
}

for (const how of FULL_RUN ? (['completed', 'reverted'] as const) : (['completed'] as const)) {
  it(`I6 I12 a migration that was ${how}, and the next one at once`, { timeout: 180_000 }, async () => {
    const rig = await startRig({ source: 'redis-7.0', target: 'redis-7.0' });
    onTestFinished(() => rig.stop());
    await ask(atOf(rig.source), [['SET', 'carts:1', 'of-before']]);
    await rig.type('/redis migrate carts-old carts-new');
    await cutOver('m1', rig);
    await pressNewest(rig, how === 'completed' ? 'ferry.complete' : 'ferry.revert');
    await rig.reaches(how, { id: 'm1' });
    await useAgain(how === 'completed' ? rig.source : rig.target);
    await rig.type(`/redis migrate ${how === 'completed' ? 'carts-new carts-old' : 'carts-old carts-new'}`);
    await cutOver('m2', rig);
    const writable = how === 'completed' ? rig.source : rig.target;
    expect(String((await ask(atOf(writable), [['GET', 'carts:1']]))[0])).toBe('of-before');
  });
}
