// What a person does on the page, parsed and done through the fake Slack as that person.
// What their client would not let them do comes back as a sentence.

import { z } from 'zod';
import type { Load } from '../load/load.ts';
import { otherSide } from '../load/sides.ts';
import type { Play } from '../play/play.ts';
import type { TroubleDesk } from '../play/trouble-desk.ts';
import { TROUBLES } from '../play/troubles.ts';
import type { Person } from '../slack/person.ts';
import { CHANNEL, type World } from '../world.ts';

const user = z.string();
const pressed = { user, actionId: z.string(), blockId: z.string().optional() };
const act = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('command'), user, line: z.string().max(4_000) }),
  z.object({ kind: z.literal('click'), ...pressed, ts: z.string(), version: z.number().int().optional() }),
  z.object({ kind: z.literal('click-ephemeral'), ...pressed, ts: z.string() }),
  z.object({ kind: z.literal('click-view'), ...pressed }),
  z.object({ kind: z.literal('click-home'), ...pressed }),
  z.object({ kind: z.literal('open-home'), user }),
  z.object({ kind: z.literal('suggest'), user, actionId: z.string(), query: z.string().max(200) }),
  z.object({ kind: z.literal('submit-view'), user, entries: z.record(z.string(), z.string()) }),
  z.object({ kind: z.literal('close-view'), user }),
  z.object({ kind: z.literal('trouble'), name: z.enum(TROUBLES) }),
  z.object({ kind: z.literal('start-over') }),
]);

export type Act = z.infer<typeof act>;

/** What acts work on. */
export interface Scene {
  readonly world: World;
  readonly play: Play;
  readonly desk: TroubleDesk;
}

/** Null when this is no act of the page. */
export function parseAct(body: unknown): Act | null {
  const parsed = act.safeParse(body);
  return parsed.success ? parsed.data : null;
}

/** What the page is answered, as JSON; undefined: nothing but that it is done. Rejects with a sentence. */
export async function perform(done: Act, { world, play, desk }: Scene): Promise<unknown> {
  switch (done.kind) {
    case 'trouble':
      return desk.make(done.name);
    case 'start-over':
      return play.startOver();
    default:
      return asPerson(done, world.slack.as(done.user), world, play.load);
  }
}

type PersonalAct = Extract<Act, { user: string }>;

async function asPerson(done: PersonalAct, person: Person, world: World, load: Load): Promise<unknown> {
  const { blockId } = 'blockId' in done ? done : {};
  const where = blockId === undefined ? {} : { blockId };
  switch (done.kind) {
    case 'command':
      if (done.line.startsWith('/')) await person.command(CHANNEL, done.line);
      else person.say(CHANNEL, done.line);
      return;
    case 'click': {
      await expectSwitch(done.actionId, load);
      const seen = done.version === undefined ? {} : { version: done.version };
      await person.click(done.ts, done.actionId, { ...where, ...seen });
      return;
    }
    case 'click-ephemeral': {
      await expectSwitch(done.actionId, load);
      const shown = world.slack.ephemerals(done.user).find((each) => each.ts === done.ts);
      if (shown === undefined) throw new Error('That message is gone.');
      await person.clickEphemeral(shown, done.actionId, where);
      return;
    }
    case 'click-view':
    case 'click-home': {
      const view = done.kind === 'click-view' ? person.modal() : person.home();
      if (view !== undefined) await person.clickView(view, done.actionId, where);
      return;
    }
    case 'open-home':
      await person.openHome();
      return;
    case 'suggest':
      return person.suggest(done.actionId, done.query);
    case 'submit-view':
      await person.submitView(done.entries);
      return;
    case 'close-view':
      await person.closeView();
      return;
  }
}

/** The accounting must know that the writes may change sides now; that they only may changes nothing. */
async function expectSwitch(actionId: string, load: Load): Promise<void> {
  if (actionId !== 'ferry.approve' && actionId !== 'ferry.revert') return;
  const { holder } = await load.figures();
  await load.expectSwitch(otherSide(holder));
}
