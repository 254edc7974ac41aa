// One whole migration by itself: Ana asks, Ben decides, writers write, and every numbered write is accounted for.
// Succeeds only when the migration completed, nothing was lost and nobody wrote on the wrong side.

import { setTimeout as delay } from 'node:timers/promises';
import { FerryError } from '../migration/errors.ts';
import { fill } from './load/fill.ts';
import type { Account, Load, LoadOptions } from './load/load.ts';
import { narrate } from './narrator.ts';
import type { FakeSlack } from './slack/fake-slack.ts';
import type { JsonObject } from './slack/json.ts';
import { objectsOf } from './slack/json.ts';
import type { Person } from './slack/person.ts';
import type { Message } from './slack/records.ts';
import { addressOf, CHANNEL, SOURCE_NAME, TARGET_NAME, type World } from './world.ts';

export interface DemoOptions {
  readonly keys: number;
  readonly perSecond: number;
  /** How long one writer stays on the old address after the others left. */
  readonly stayMs: number;
  /** For the whole migration; past it the demo has failed. */
  readonly withinMs: number;
  readonly startLoad: (options: LoadOptions) => Load;
  readonly say: (line: string) => void;
}

export interface DemoResult {
  readonly account: Account;
  /** As the thread told it, such as `6.1 ms`. */
  readonly fenceTime: string;
}

const LOOK_EVERY_MS = 50;
/** Load before the command and after the last click, so that both ends are under load too. */
const LEAD_MS = 1_000;

/** Throws when the migration does not complete in time. */
export async function runDemo(world: World, options: DemoOptions): Promise<DemoResult> {
  const { say } = options;
  const source = addressOf(world.source);
  const target = addressOf(world.target);
  say(`Filling ${SOURCE_NAME} with ${options.keys.toLocaleString('en')} keys.`);
  await fill(source, options.keys);
  const load = options.startLoad({
    old: source,
    new: target,
    perSecond: options.perSecond,
    stays: { kind: 'plain', forMs: options.stayMs },
  });
  say(
    `Three writers (plain, MULTI, Lua) begin, ${options.perSecond.toLocaleString('en')} writes a second.\n`,
  );
  const narrator = narrate(world.slack, say);
  try {
    await delay(LEAD_MS);
    const deadline = performance.now() + options.withinMs;
    await migrate(world, load, narrator.act, deadline);
    await delay(LEAD_MS);
    await load.stop();
    return { account: await load.account(target), fenceTime: fenceTimeIn(world.slack) };
  } finally {
    narrator.stop();
    await load.stop();
  }
}

async function migrate(
  world: World,
  load: Load,
  act: (person: string, what: string) => void,
  deadline: number,
): Promise<void> {
  const { slack, people } = world;
  const line = `/redis migrate ${SOURCE_NAME} ${TARGET_NAME}`;
  act('ana', `types ${line}`);
  await people.ana.command(CHANNEL, line);
  const press = pressing(slack, act, deadline);

  await press({ by: people.ana, name: 'ana' }, 'ferry.start', 'Start');
  await seen(slack, 'the target to follow', deadline, () => offered(slack, 'ferry.approve') !== undefined);
  // From here on the new server is a follower: it must refuse until it is promoted.
  await load.watchSides();
  await press({ by: people.ben, name: 'ben' }, 'ferry.approve', 'Approve', 'ferry.complete');

  await seen(slack, 'the writer that stayed to leave', deadline, async () => {
    const { holder, stayingOn, refusedWhileStaying } = await load.figures();
    return holder === 'new' && stayingOn === null && refusedWhileStaying > 0;
  });
  await load.unwatchSides();
  await press({ by: people.ben, name: 'ben' }, 'ferry.complete', 'Complete');
  await seen(slack, 'the migration to be completed', deadline, () => phase(slack) === 'completed');
}

type Press = (
  who: { readonly by: Person; readonly name: string },
  actionId: string,
  label: string,
  until?: string,
) => Promise<void>;

/**
 * Presses a button once it is offered. With `until`, presses again whenever it is offered anew, as a person would
 * whose approval was withdrawn, until the other button is offered.
 */
function pressing(slack: FakeSlack, act: (person: string, what: string) => void, deadline: number): Press {
  return async ({ by, name }, actionId, label, until) => {
    const pressed = new Set<string>();
    await seen(slack, `${label} to be offered`, deadline, async () => {
      if (until !== undefined && pressed.size > 0 && offered(slack, until) !== undefined) return true;
      const found = offered(slack, actionId);
      const value = String(found?.button['value']);
      if (found === undefined || pressed.has(`${found.message.ts} ${value}`)) return false;
      pressed.add(`${found.message.ts} ${value}`);
      act(name, `presses ${label}`);
      await by.click(found.message, actionId);
      return until === undefined;
    });
  };
}

/** The newest message that offers a button now. */
function offered(slack: FakeSlack, actionId: string): { message: Message; button: JsonObject } | undefined {
  const all = [...slack.workspace.messages.values()].reverse();
  for (const message of all) {
    if (message.isDeleted) continue;
    const buttons = message.blocks.flatMap((block) => objectsOf(block['elements']));
    const button = buttons.find((element) => element['action_id'] === actionId);
    if (button !== undefined) return { message, button };
  }
  return undefined;
}

/** The phase on the card, the first message in the channel. */
function phase(slack: FakeSlack): string {
  const card = slack.messages(CHANNEL).find((message) => / · .+ · /.test(message.text));
  return / · .+ · ([a-z-]+)/.exec(card?.text ?? '')?.[1] ?? '';
}

const DEAD_ENDS = ['refused', 'aborted', 'needs-human', 'reverted'];

async function seen(
  slack: FakeSlack,
  what: string,
  deadline: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  while (!(await condition())) {
    const now = phase(slack);
    if (DEAD_ENDS.includes(now)) throw new FerryError('demo-ended', `The migration ended as ${now}.`);
    if (performance.now() > deadline) {
      throw new FerryError(
        'demo-late',
        `Waited too long for ${what}; the migration is ${now || 'not there'}.`,
      );
    }
    await delay(LOOK_EVERY_MS);
  }
}

function fenceTimeIn(slack: FakeSlack): string {
  const texts = [...slack.workspace.messages.values()].map((message) => message.text);
  const told = texts.map((text) => /\bCut over\b[\s\S]*\bFence (.+?) \(predicted/.exec(text)?.[1]);
  return told.find((each) => each !== undefined) ?? 'not told';
}
