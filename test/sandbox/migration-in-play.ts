// A migration in the sandbox's world, driven by its people through the fake Slack alone, as on the page.

import type { Play } from '../../src/sandbox/play/play.ts';
import type { Message } from '../../src/sandbox/slack/records.ts';
import { CHANNEL, type World } from '../../src/sandbox/world.ts';
import { until } from '../support/until.ts';

/** Where in a migration something may happen to it. */
export const MOMENTS = ['syncing', 'following', 'approved', 'watching'] as const;
export type Moment = (typeof MOMENTS)[number];

const WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

export class MigrationInPlay {
  readonly #world: World;
  readonly #play: Play;
  readonly card: Message;

  private constructor(world: World, play: Play, card: Message) {
    this.#world = world;
    this.#play = play;
    this.card = card;
  }

  /** Ana asks for it. */
  static async ask(world: World, play: Play): Promise<MigrationInPlay> {
    const before = world.slack.messages(CHANNEL).length;
    await world.people.ana.command(CHANNEL, '/redis migrate carts-old carts-new');
    const card = await until(() => world.slack.messages(CHANNEL)[before], {
      what: 'a new card',
      deadlineMs: WITHIN_MS,
    });
    return new MigrationInPlay(world, play, card);
  }

  /** What was told in the thread so far, oldest first. */
  get thread(): readonly Message[] {
    return this.#world.slack.thread(CHANNEL, this.card.ts);
  }

  async reach(moment: Moment): Promise<void> {
    await this.#pressWhenOffered('ferry.start');
    // What is in the way before the sync begins is found by the survey, and refused.
    await this.#until('the sync began', () =>
      this.thread.some(({ text }) => text.includes('started the sync')),
    );
    if (moment === 'syncing') return;
    await this.until('ferry.approve');
    if (moment === 'following') return;
    await this.#pressWhenOffered('ferry.approve');
    if (moment === 'watching') await this.until('ferry.complete');
  }

  /** Whatever became of it: approves and completes it as often as it is asked for. */
  async finish(): Promise<void> {
    await this.#until('it is watching', () => {
      if (this.offers('ferry.approve')) void this.#press('ferry.approve');
      return this.offers('ferry.complete');
    });
    await this.#until('it is completed', () => {
      if (this.card.text.includes('· completed')) return true;
      // A way back that closes or opens meanwhile makes the button that was pressed a stale one.
      if (this.offers('ferry.complete')) void this.#press('ferry.complete');
      return false;
    });
  }

  /** Waits until the thread says it. */
  async tells(words: RegExp): Promise<void> {
    await this.#until(`the thread says ${words}`, () => this.thread.some(({ text }) => words.test(text)));
  }

  offers(actionId: string): boolean {
    return this.#offering(actionId) !== undefined;
  }

  async until(actionId: string): Promise<void> {
    await this.#until(`${actionId} is offered`, () => this.offers(actionId));
  }

  async #until(what: string, condition: () => boolean): Promise<void> {
    try {
      await until(condition, { what, deadlineMs: WITHIN_MS, everyMs: LOOK_EVERY_MS });
    } catch (cause) {
      const story = [this.card, ...this.thread].map(({ text }) => text).join('\n');
      throw new Error(`Nobody saw that ${what}, but: ${story}`, { cause });
    }
  }

  async #pressWhenOffered(actionId: string): Promise<void> {
    await this.until(actionId);
    await this.#press(actionId);
  }

  /** As Ben. Nothing when it is offered no more, or when nobody can press anything right now. */
  async #press(actionId: string): Promise<void> {
    if (actionId === 'ferry.approve') await this.#play.load.expectSwitch('new');
    const message = this.#offering(actionId);
    if (message === undefined) return;
    await this.#world.people.ben.click(message, actionId).catch(() => undefined);
  }

  #offering(actionId: string): Message | undefined {
    return [this.card, ...this.thread].findLast(({ blocks }) =>
      JSON.stringify(blocks).includes(`"action_id":"${actionId}"`),
    );
  }
}
