// `migrate <source> <target>`: asks for a migration. Creates the record; everything else is the worker's.

import type { Instance } from '../../../migration/instance.ts';
import { formatAddress } from '../../../migration/instance.ts';
import type { Migration } from '../../../migration/migration.ts';
import { type Care, withCare } from '../../../migration/policy.ts';
import { phaseWord } from '../../../migration/rehearsal.ts';
import { takenAs } from '../../../migration/task.ts';
import type { LockHolder } from '../../../workflow/ports.ts';
import { percent } from '../../blocks/figures.ts';
import { migrateView } from '../../blocks/migrate-view.ts';
import { toMrkdwn } from '../../blocks/render-words.ts';
import { channel, code, link, say, type Words, who } from '../../blocks/words.ts';
import { failureOf } from '../../connection.ts';
import { told } from '../failures.ts';
import { cardUrl } from '../links.ts';
import type { Asked, ListenerParts, Subcommand } from '../parts.ts';
import { unknownInstance } from './typed.ts';

export const migrate: Subcommand = {
  name: 'migrate',
  usage: '<source> <target>',
  example: 'carts-old carts-new',
  help: 'asks to move a live Redis to another server; nothing changes before Start',
  minArgs: 0,
  maxArgs: 2,
  run: (parts, call) =>
    call.args.length === 0 ? openMigrateModal(parts, call.trigger, call.channel) : request(parts, call),
};

/** A modal to choose from. `channel`: where it was asked for; empty: on the home tab. */
export async function openMigrateModal(
  parts: ListenerParts,
  trigger: string,
  channel: string,
): Promise<void> {
  const view = migrateView([...parts.inventory.names()].sort(), channel);
  await parts.client.views.open({ trigger_id: trigger, view: { ...view, blocks: [...view.blocks] } });
}

function askedFor(parts: ListenerParts): Words {
  return say`A migration needs a source and a target, for example ${code(
    `${parts.command} migrate carts-old carts-new`,
  )}. ${code(`${parts.command} list`)} shows the instances.`;
}

const AS_THE_ENVIRONMENT_SAYS: Care = { verification: null, start: null };

/** Asks for the migration that `args` name, or says why not. */
export async function request(
  parts: ListenerParts,
  call: Asked,
  care: Care = AS_THE_ENVIRONMENT_SAYS,
): Promise<void> {
  if (call.args.length !== 2) return call.answer(askedFor(parts));
  const [sourceName = '', targetName = ''] = call.args;
  const pair = findPair(parts, sourceName, targetName);
  if ('refused' in pair) return call.answer(pair.refused);
  await create(parts, call, pair, { rehearsal: false, care });
}

/** Makes the record, once both servers are free and the card can be posted; else says why not. */
export async function create(
  parts: ListenerParts,
  call: Asked,
  pair: { readonly source: Instance; readonly target: Instance },
  { rehearsal, care = AS_THE_ENVIRONMENT_SAYS }: { readonly rehearsal: boolean; readonly care?: Care },
): Promise<void> {
  const { inventory, records, dispatcher, logger } = parts;
  const { source, target } = pair;
  for (const instance of [source, target]) {
    const holder = await records.holderOf(instance, null);
    if (holder !== null) return call.answer(await lockedWords(parts, instance.name, holder));
  }
  const policy = withCare(inventory.policyOf(source), care);
  const home = policy.channel ?? call.channel;
  const deed = rehearsal ? `Rehearsing ${source.name} on` : `Looking at ${source.name} and`;
  const looking = say`${deed} ${target.name}. The card will appear in ${channel(home)} in a moment.`;
  const reach = await tryChannel(parts, call, home, looking);
  if (reach !== null) return call.answer(reach);
  const made = await records.create({
    requestedBy: call.user,
    requestedAt: await records.time(),
    channel: home,
    policy,
    hooks: inventory.hooks,
    pairs: [{ source, target }],
    rehearsal,
  });
  if (made.kind === 'locked') return call.answer(await lockedWords(parts, made.by.what, made.by));
  const { id, uid } = made.migration;
  logger.info(
    { id, uid, source: source.name, target: target.name, by: call.user },
    'A migration was asked for.',
  );
  await dispatcher.wake(uid).catch((error: unknown) => {
    // The record exists and is due: the reconciler finds it.
    logger.warn({ id, error: told(error) }, 'The worker could not be woken at once.');
  });
}

/** Both instances, or the sentence why not. */
export function findPair(
  parts: ListenerParts,
  sourceName: string,
  targetName: string,
): { readonly source: Instance; readonly target: Instance } | { readonly refused: Words } {
  const source = parts.inventory.find(sourceName);
  if (source === null) return { refused: unknownInstance(parts, sourceName) };
  const target = parts.inventory.find(targetName);
  if (target === null) return { refused: unknownInstance(parts, targetName) };
  const shared = sharedAddress(source, target);
  if (source.name === target.name) {
    return { refused: say`Source and target are both ${code(source.name)}. Nothing to migrate.` };
  }
  if (shared !== null) {
    return {
      refused: say`${code(source.name)} and ${code(target.name)} are the same server (${code(
        shared,
      )}). Nothing to migrate.`,
    };
  }
  return { source, target };
}

/** An address that both have: one server under two names. */
function sharedAddress(source: Instance, target: Instance): string | null {
  const addresses = (instance: Instance) =>
    [instance.address, instance.replicationAddress].map((address) => formatAddress(address).toLowerCase());
  return addresses(source).find((address) => addresses(target).includes(address)) ?? null;
}

const MAY_NOT_POST = new Set(['not_in_channel', 'channel_not_found']);

/**
 * Says "Looking …" in the channel of the card, which proves that the bot can post there before anything is
 * created. null: go on; otherwise the sentence why nothing was created.
 */
export async function tryChannel(
  parts: ListenerParts,
  call: Asked,
  home: string,
  looking: Words,
): Promise<Words | null> {
  try {
    await parts.client.chat.postEphemeral({ channel: home, user: call.user, text: toMrkdwn(looking) });
    // Who typed it elsewhere looks there.
    if (home !== call.channel) await call.answer(looking);
    return null;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind !== 'refused') {
      return say`Slack did not let me reach ${channel(home)} right now. Nothing was started; try again in a minute.`;
    }
    if (failure.error === 'user_not_in_channel') {
      await call.answer(looking);
      return null;
    }
    if (home.startsWith('D')) {
      return say`Such work is shown to a team, not in a direct message. Nothing was started; type the command in a channel that I am in.`;
    }
    if (MAY_NOT_POST.has(failure.error)) return inviteWords(parts, home);
    return say`I cannot post in ${channel(home)} (${failure.error}). Nothing was started; choose another channel in the configuration, or ask a workspace admin.`;
  }
}

function inviteWords(parts: ListenerParts, home: string): Words {
  const bot = parts.botUser();
  const me = bot === null ? say`the app` : say`${who(bot)}`;
  return say`I am not in ${channel(home)}, so nobody would see it. Nothing was started. Invite me: type /invite ${me} there, then try again.`;
}

/** `carts-old` is already part of m41 (syncing, 63%, by @ben): <link>. */
export async function lockedWords(parts: ListenerParts, what: string, holder: LockHolder): Promise<Words> {
  if (holder.task !== null) {
    return say`${code(what)} is ${takenAs(holder)} right now. Try again when that is done.`;
  }
  const loaded = await parts.records.load(holder.uid);
  if (loaded === null) {
    return say`${code(what)} is already part of ${holder.id}. One migration at a time: ${code(
      `${parts.command} status ${holder.id}`,
    )} shows it.`;
  }
  const { migration } = loaded;
  const url = await cardUrl(parts, migration);
  const tail = url === null ? say`.` : say`: ${link(url, holder.id)}.`;
  const so = say`${phaseWord(migration)}${await howFar(parts, migration)}, by ${who(migration.requestedBy)}`;
  return say`${code(what)} is already part of ${holder.id} (${so})${tail}`;
}

async function howFar(parts: ListenerParts, migration: Migration): Promise<string> {
  if (migration.state.phase !== 'syncing') return '';
  const live = await parts.records.live(migration.uid);
  const share = percent(live?.pairs[0]?.observation.fraction ?? null);
  return share === null ? '' : `, ${share}`;
}
