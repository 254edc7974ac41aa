// The modal of the migrate command typed alone: a source and a target from the inventory, and how careful to be.

import type { VerificationLevel } from '../../migration/policy.ts';
import { type Block, clip, plainText } from './block.ts';

export const MIGRATE_VIEW = 'ferry-migrate';
/** What the menus ask for where there are too many instances to be listed. */
export const INSTANCE_MENU = 'instance';
/** Slack's menus take no more options. */
export const MAX_CHOICES = 100;
export const SIDES = ['source', 'target'] as const;
/** The value of "as the environment says". */
export const USUAL = 'usual';

export interface MigrateView {
  readonly type: 'modal';
  readonly callback_id: string;
  /** The channel in which it was asked for. */
  readonly private_metadata: string;
  readonly title: ReturnType<typeof plainText>;
  readonly submit: ReturnType<typeof plainText>;
  readonly close: ReturnType<typeof plainText>;
  readonly blocks: readonly Block[];
}

export function migrateView(names: readonly string[], channel: string): MigrateView {
  return {
    type: 'modal',
    callback_id: MIGRATE_VIEW,
    private_metadata: channel,
    title: plainText('Migrate a Redis', 24),
    submit: plainText('Look at both', 24),
    close: plainText('Cancel', 24),
    blocks: [
      ...SIDES.map((side) => instanceMenu(side, names)),
      choice('compare', 'Compare before the promotion', LEVELS, 'Never less than the environment demands.'),
      choice(
        'start',
        'After the survey',
        STARTS,
        'The survey changes nothing; deleting keys is always asked for.',
      ),
    ],
  };
}

const LEVELS: readonly (readonly [VerificationLevel | typeof USUAL, string])[] = [
  [USUAL, 'What the environment demands'],
  ['sample', 'At least a sample of 20,000 keys'],
  ['full', 'Every key'],
];

const STARTS: readonly (readonly ['button' | typeof USUAL, string])[] = [
  [USUAL, 'Start as the environment says'],
  ['button', 'Wait for Start in any case'],
];

function choice(
  blockId: string,
  label: string,
  entries: readonly (readonly [value: string, text: string])[],
  hint: string,
): Block {
  const options = entries.map(([value, text]) => ({ text: plainText(text, 75), value }));
  const block = {
    type: 'input',
    block_id: blockId,
    label: plainText(label, 100),
    hint: plainText(hint, 150),
    element: { type: 'static_select', action_id: 'choice', options, initial_option: options[0] },
  };
  return block;
}

/** A menu that can be searched: of everything, or of what the app finds for the letters typed. */
function instanceMenu(side: (typeof SIDES)[number], names: readonly string[]): Block {
  const label = side === 'source' ? 'Source: the server to move' : 'Target: where it moves to';
  const placeholder = plainText('Choose an instance', 150);
  const listed = { type: 'static_select', action_id: INSTANCE_MENU, placeholder, options: optionsOf(names) };
  const asked = { type: 'external_select', action_id: INSTANCE_MENU, placeholder, min_query_length: 0 };
  const block = {
    type: 'input',
    block_id: side,
    label: plainText(label, 100),
    element: names.length <= MAX_CHOICES ? listed : asked,
  };
  return block;
}

export interface MenuOption {
  readonly text: ReturnType<typeof plainText>;
  readonly value: string;
}

/** The instances that the letters typed may mean, those that begin with them first; as many as a menu takes. */
export function matching(names: readonly string[], typed: string): readonly MenuOption[] {
  const wanted = typed.trim().toLowerCase();
  const found = [...names].sort().filter((name) => name.toLowerCase().includes(wanted));
  const begins = (name: string): number => (name.toLowerCase().startsWith(wanted) ? 0 : 1);
  return optionsOf(found.sort((a, b) => begins(a) - begins(b)));
}

function optionsOf(names: readonly string[]): readonly MenuOption[] {
  return names
    .slice(0, MAX_CHOICES)
    .map((name) => ({ text: plainText(clip(name, 75), 75), value: name.slice(0, 150) }));
}
