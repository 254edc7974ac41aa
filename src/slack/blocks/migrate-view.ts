// The modal of the migrate command typed alone: a source and a target from the inventory.

import { type Block, clip, plainText } from './block.ts';

export const MIGRATE_VIEW = 'ferry-migrate';
/** Slack's menus take no more options. */
export const MAX_CHOICES = 100;
export const SIDES = ['source', 'target'] as const;

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
    blocks: SIDES.map((side) => choice(side, names)),
  };
}

function choice(side: (typeof SIDES)[number], names: readonly string[]): Block {
  const label = side === 'source' ? 'Source: the server to move' : 'Target: where it moves to';
  const block = {
    type: 'input',
    block_id: side,
    label: plainText(label, 100),
    element: {
      type: 'static_select',
      action_id: 'instance',
      options: names
        .slice(0, MAX_CHOICES)
        .map((name) => ({ text: plainText(clip(name, 75), 75), value: name.slice(0, 150) })),
    },
  };
  return block;
}
