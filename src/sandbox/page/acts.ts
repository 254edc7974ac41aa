// What a person does on the page, parsed and done through the fake Slack as that person.
// What their client would not let them do comes back as a sentence.

import { z } from 'zod';
import type { Load } from '../load/load.ts';
import { ask } from '../load/resp.ts';
import { otherSide } from '../load/sides.ts';
import { addressOf, CHANNEL, TARGET_NAME, type World } from '../world.ts';
import { isSetAside } from './figures.ts';

const user = z.string();
const act = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('command'), user, line: z.string().max(4_000) }),
  z.object({
    kind: z.literal('click'),
    user,
    ts: z.string(),
    actionId: z.string(),
    blockId: z.string().optional(),
    version: z.number().int().optional(),
  }),
  z.object({
    kind: z.literal('click-ephemeral'),
    user,
    ts: z.string(),
    actionId: z.string(),
    blockId: z.string().optional(),
  }),
  z.object({ kind: z.literal('click-view'), user, actionId: z.string() }),
  z.object({ kind: z.literal('submit-view'), user, entries: z.record(z.string(), z.string()) }),
  z.object({ kind: z.literal('close-view'), user }),
  z.object({ kind: z.literal('kill-worker') }),
  z.object({ kind: z.literal('empty-new') }),
]);

export type Act = z.infer<typeof act>;

/** Null when this is no act of the page. */
export function parseAct(body: unknown): Act | null {
  const parsed = act.safeParse(body);
  return parsed.success ? parsed.data : null;
}

/** Rejects with what the person's client would say. */
export async function perform(done: Act, world: World, load: Load): Promise<void> {
  if (done.kind === 'kill-worker') return world.worker.kill('SIGKILL');
  if (done.kind === 'empty-new') return emptyNew(world);
  const person = world.slack.as(done.user);
  const { blockId } = 'blockId' in done ? done : {};
  const where = blockId === undefined ? {} : { blockId };
  switch (done.kind) {
    case 'command':
      if (done.line.startsWith('/')) await person.command(CHANNEL, done.line);
      else person.say(CHANNEL, done.line);
      return;
    case 'click':
      await expectSwitch(done.actionId, load);
      await person.click(done.ts, done.actionId, {
        ...where,
        ...(done.version === undefined ? {} : { version: done.version }),
      });
      return;
    case 'click-ephemeral': {
      const shown = world.slack.ephemerals(done.user).find((each) => each.ts === done.ts);
      if (shown === undefined) throw new Error('That message is gone.');
      await person.clickEphemeral(shown, done.actionId, where);
      return;
    }
    case 'click-view': {
      const view = person.modal();
      if (view !== undefined) await person.clickView(view, done.actionId);
      return;
    }
    case 'submit-view':
      await person.submitView(done.entries);
      return;
    case 'close-view':
      await person.closeView();
  }
}

/** The accounting must know that the writes may change sides now; that they only may changes nothing. */
async function expectSwitch(actionId: string, load: Load): Promise<void> {
  if (actionId !== 'ferry.approve' && actionId !== 'ferry.revert') return;
  const { holder } = await load.figures();
  await load.expectSwitch(otherSide(holder));
}

/** For another migration after a revert: the new server as it was at the beginning. Never one that is in use. */
async function emptyNew(world: World): Promise<void> {
  const address = addressOf(world.target);
  const [info] = await ask(address, [['INFO', 'replication']]);
  if (!isSetAside(String(info))) {
    throw new Error(`${TARGET_NAME} is in use; it can be emptied after a Revert.`);
  }
  await ask(address, [['REPLICAOF', 'NO', 'ONE'], ['FLUSHALL']]);
}
