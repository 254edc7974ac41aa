// I6: a server takes part in one migration at a time, whatever it is called, and Ferry does not move the Redis
// that it runs on. Every refusal is a sentence with the next thing to do (I13).

import { expect, it, onTestFinished } from 'vitest';
import { ask } from '../../src/sandbox/load/resp.ts';
import { CHANNEL, type Rig, startRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const FOREIGN = 'another-ferry:7';

it('I6 I13 what would put a server into two hands is refused with sentences', {
  timeout: 90_000,
}, async () => {
  const rig = await startRig({ sourceOptions: { settings: { 'repl-diskless-sync-delay': '0' } } });
  onTestFinished(() => rig.stop());
  const source = { host: rig.source.host, port: rig.source.port };

  await rig.type('/redis migrate carts-old carts-twin');
  await refused(rig, 'm1', /1 reason: .*carts-old and carts-twin are the same server .* Nothing to migrate/);

  await rig.type('/redis migrate carts-old ferrys-own');
  await refused(rig, 'm2', /ferrys-own is the Redis that Ferry keeps its records .* Choose another server/);

  await ask(source, [['SET', 'ferry:lock', FOREIGN, 'PX', '60000']]);
  await rig.type('/redis migrate carts-old carts-new');
  await refused(rig, 'm3', /carts-old is held by another migration .*another-ferry:7.* Wait until/);
  expect(await ask(source, [['GET', 'ferry:lock']])).toEqual([Buffer.from(FOREIGN)]);
  await ask(source, [['DEL', 'ferry:lock']]);

  await rig.type('/redis migrate carts-old carts-new');
  await rig.reaches('planned', { id: 'm4' });
  await rig.type('/redis migrate carts-new carts-old');
  await until(() => told(rig).find((text) => /carts-new.* is already part of m4 \(planned/.test(text)), {
    what: `the sentence about m4: ${told(rig).join(' | ')}`,
  });

  // Under another name the server is only known by its run id, from Start on.
  await until(() => messages(rig).some((text) => text.includes('"ferry.start"')), {
    what: 'Start is offered',
  });
  await pressNewest(rig, 'ferry.start');
  await rig.reaches('following', { id: 'm4' });
  await rig.type('/redis migrate carts-twin ferrys-own');
  await refused(rig, 'm5', /carts-twin is held by another migration/);
  expect((await rig.migration('m4')).state.phase).toBe('following');
});

/** The record is refused, and a message says why. */
async function refused(rig: Rig, id: string, sentence: RegExp): Promise<void> {
  await rig.reaches('refused', { id });
  await until(() => messages(rig).find((text) => sentence.test(text)), {
    what: `a message like ${sentence}; there are: ${messages(rig).join(' | ')}`,
    deadlineMs: 20_000,
  });
}

async function pressNewest(rig: Rig, actionId: string): Promise<void> {
  const all = [...rig.slack.workspace.messages.values()];
  const offering = all.findLast(({ blocks }) => JSON.stringify(blocks).includes(`"${actionId}"`));
  if (offering === undefined) throw new Error(`Nothing offers ${actionId}.`);
  await rig.slack.as('U0BEN').click(offering.ts, actionId);
}

function messages(rig: Rig): string[] {
  return [...rig.slack.workspace.messages.values()].map(({ text, blocks }) =>
    `${text} ${JSON.stringify(blocks)}`.replaceAll(/[`*]|\s+/g, ' ').replaceAll(/ {2,}/g, ' '),
  );
}

function told(rig: Rig): string[] {
  return rig.slack
    .ephemerals('U0ANA')
    .filter(({ channel }) => channel === CHANNEL)
    .map(({ text }) => text.replaceAll('`', ''));
}
