// The buttons that decide. A click becomes a wish with what the button carried; the record decides (I4).
// Checks here are for a quick answer only: the same rules are applied where the wish is taken and folded in.

import type { App, BlockAction, ButtonAction } from '@slack/bolt';
import { type Actor, type Deed, mayDo } from '../../../migration/approval.ts';
import type { Wish } from '../../../migration/events.ts';
import type { AnswerId, Migration } from '../../../migration/migration.ts';
import { answerDeed } from '../../../migration/phases/needs-human.ts';
import { droppedKeys } from '../../../migration/plan.ts';
import type { Decided } from '../../blocks/buttons.ts';
import { planOf } from '../../blocks/steps.ts';
import type { Words } from '../../blocks/words.ts';
import { failed, told } from '../failures.ts';
import { where } from '../links.ts';
import type { ListenerParts } from '../parts.ts';
import { NO_RECORD, NOT_OURS, notAllowed, replyTo } from './replies.ts';
import { closeAnswer, tellClicker } from './tell-clicker.ts';
import { parseValue } from './value.ts';

type Verb = Exclude<Deed, 'answer'>;

const KINDS = {
  start: 'start-requested',
  approve: 'approved',
  deny: 'denied',
  hold: 'held',
  revert: 'revert-requested',
  complete: 'complete-requested',
} as const;

const ANSWERS: readonly AnswerId[] = ['recheck', 'abort', 'finish', 'old'];

/** Makes the wish of a button; null: no such button. */
function wishOf(actionId: string, by: Actor, decided: Decided): { deed: Deed; wish: Wish } | null {
  const { round, digest } = decided;
  const name = actionId.replace(/^ferry\./, '');
  const answer = ANSWERS.find((id) => name === `answer.${id}`);
  if (answer !== undefined) return { deed: 'answer', wish: { kind: 'answered', answer, by, round, digest } };
  if (name === 'abort') return { deed: 'abort', wish: { kind: 'abort-requested', by } };
  const verb = (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((key) => key === name);
  return verb === undefined
    ? null
    : { deed: verb satisfies Verb, wish: { kind: KINDS[verb], by, round, digest } };
}

export function registerDecisions(app: App, parts: ListenerParts): void {
  const ids = /^ferry\.(start|approve|deny|hold|abort|revert|complete|answer\.[a-z]+)$/;
  app.action<BlockAction<ButtonAction>>(ids, async ({ ack, action, body, respond }) => {
    await ack();
    let reply: Words | null;
    try {
      reply = await decide(parts, body.user.id, action.action_id, action.value);
    } catch (error) {
      parts.logger.error({ action: action.action_id, error: told(error) }, 'A click failed.');
      reply = failed(error);
    }
    if (reply !== null) await tellClicker(parts, body, respond, reply);
    else await closeAnswer(parts, body, respond);
  });
}

/** null: taken; otherwise what to say. A redelivered click is the same wish again, and harmless. */
async function decide(
  parts: ListenerParts,
  user: string,
  actionId: string,
  value: string | undefined,
): Promise<Words | null> {
  const { records, groups, dispatcher, logger } = parts;
  const decided = parseValue(value);
  if (decided === null) return NOT_OURS;
  const loaded = await records.load(decided.uid);
  if (loaded === null) return NO_RECORD;
  const { migration } = loaded;
  const { actor, unread } = await groups.resolve(user, migration.policy);
  const made = wishOf(actionId, actor, decided);
  if (made === null) return NOT_OURS;
  const { deed, wish } = made;
  const refused = mayDo(deedOf(made, migration), actor, { ...migration, dropsKeys: dropsOf(migration) });
  if (refused !== null) return notAllowed(refused, unread);
  const answer = await records.wish(decided.uid, wish, await records.time());
  logger.info({ id: migration.id, deed, by: user, answer: answer.kind }, 'A button was pressed.');
  if (answer.kind !== 'accepted') return replyTo(answer, deed, migration, await where(parts, migration));
  await dispatcher.wake(decided.uid).catch((error: unknown) => {
    // The wish is kept: the owner's next tick or the reconciler finds it.
    logger.warn({ id: migration.id, error: told(error) }, 'The worker could not be woken at once.');
  });
  return null;
}

/** What a person must be allowed for it: an answer may be an ending by another name. */
function deedOf({ deed, wish }: { deed: Deed; wish: Wish }, { state }: Migration): Deed {
  return wish.kind === 'answered' && state.phase === 'needs-human' ? answerDeed(state, wish.answer) : deed;
}

function dropsOf(migration: Migration): number {
  const plan = planOf(migration.state);
  return plan === null ? 0 : droppedKeys(plan);
}
