// The buttons that decide. Labels begin with exactly their verb, each carries what it decides about (I4),
// and verbs that hurt ask once more, naming their victim. The dialog is courtesy: the record decides.

import type { Answer, Migration, Phase } from '../../migration/migration.ts';
import { droppedKeys, type Plan } from '../../migration/plan.ts';
import { type Button, type Confirm, plainText } from './block.ts';
import { counted } from './figures.ts';
import { sourceName, targetName } from './names.ts';
import { losesByRevert, lossOf } from './way-back.ts';

/** What a button is about: of this migration, in this round, standing on this digest. */
export interface Decided {
  readonly uid: string;
  readonly round: number;
  readonly digest: string;
}

export function about(migration: Migration): Decided {
  return { uid: migration.uid, round: migration.round, digest: migration.digest };
}

function button(
  verb: string,
  decided: Decided,
  label: string,
  extra: { readonly style?: 'danger' | 'primary'; readonly confirm?: Confirm } = {},
): Button {
  const { uid, round, digest } = decided;
  return {
    type: 'button',
    action_id: `ferry.${verb}`,
    text: plainText(label, 75),
    value: JSON.stringify({ uid, round, digest }),
    ...extra,
  };
}

function dialog(title: string, text: string, go: string): Confirm {
  return {
    title: plainText(title, 100),
    text: plainText(text, 300),
    confirm: plainText(go, 30),
    deny: plainText('Not now', 30),
    style: 'danger',
  };
}

export function startButton(migration: Migration, decided: Decided, plan: Plan): Button {
  const drops = droppedKeys(plan);
  if (drops === 0) return button('start', decided, 'Start', { style: 'primary' });
  const victim = targetName(migration);
  return button('start', decided, `Start, delete ${counted(drops, 'key')}`, {
    style: 'danger',
    confirm: dialog(
      `Delete ${counted(drops, 'key')} on ${victim}?`,
      `The sync replaces everything on ${victim} with the data of ${sourceName(migration)}. ` +
        `The ${counted(drops, 'key')} there now cannot be brought back.`,
      'Delete and start',
    ),
  });
}

export function approveButton(decided: Decided): Button {
  return button('approve', decided, 'Approve', { style: 'primary' });
}

export function denyButton(decided: Decided): Button {
  return button('deny', decided, 'Deny');
}

export function holdButton(decided: Decided): Button {
  return button('hold', decided, 'Hold', { style: 'danger' });
}

/** A cutover undoes itself within seconds, and a question has its own answers. */
const ABORTABLE: readonly Phase[] = ['surveying', 'planned', 'syncing', 'following'];

/** Empty when nothing can be called off right now. */
export function abortButtons(migration: Migration): readonly Button[] {
  if (!ABORTABLE.includes(migration.state.phase)) return [];
  const confirm = dialog(`Abort ${migration.id}?`, abortEffect(migration), 'Abort');
  return [button('abort', about(migration), 'Abort', { style: 'danger', confirm })];
}

/** What an abort does to whom, in a sentence or two. */
export function abortEffect(migration: Migration): string {
  const source = sourceName(migration);
  const target = targetName(migration);
  const { phase } = migration.state;
  if (phase === 'surveying' || phase === 'planned') {
    return `${source} → ${target} is given up before anything was changed.`;
  }
  if (migration.rehearsal !== null) {
    return `The rehearsal stops. ${source} goes on as before. ${target} becomes a primary again, and the copy on it is deleted.`;
  }
  return (
    `The sync of ${source} to ${target} stops. ${source} goes on taking writes. ` +
    `${target} becomes a primary that holds a copy of ${source}'s data; Ferry does not flush it.`
  );
}

export function revertButton(migration: Migration, decided: Decided): Button {
  const source = sourceName(migration);
  const target = targetName(migration);
  const loses = losesByRevert(migration);
  return button('revert', decided, loses ? 'Revert, lose writes' : 'Revert', {
    style: 'danger',
    confirm: dialog(
      `Revert ${migration.id}: writes back to ${source}?`,
      `Writes on ${target} are held for a moment, ${source} catches up and takes them again. ` +
        // What goes is named before the click (I2).
        `${lossOf(migration)} Clients must use ${source} again afterwards.`,
      loses ? 'Lose them and revert' : 'Revert',
    ),
  });
}

export function completeButton(migration: Migration, decided: Decided): Button {
  const source = sourceName(migration);
  return button('complete', decided, 'Complete', {
    confirm: dialog(
      `Complete ${migration.id}: close the way back?`,
      `${source} stops following ${targetName(migration)} and stays read-only with the data it has. ` +
        'There is no Revert after this. Settings are put back.',
      'Complete',
    ),
  });
}

/** Decides nothing: opens the modal that the migrate command opens. */
export const MIGRATE_ACTION = 'ferry.migrate';

export function migrateButton(): Button {
  return {
    type: 'button',
    action_id: MIGRATE_ACTION,
    text: plainText('Ask for a migration', 75),
    value: 'home',
    style: 'primary',
  };
}

export function detailsButton(migration: Migration): Button {
  return button('details', about(migration), 'Details');
}

export function answerButton(migration: Migration, decided: Decided, answer: Answer): Button {
  const confirm = dialog(`${migration.id}: ${answer.label}`, answer.effect, 'Do this');
  return button(`answer.${answer.id}`, decided, answer.label, { confirm });
}
