// Tells a terminal what people in the channel see, as it happens: the thread, quiet answers, the card's phases.

import { clockTime, plainText } from './plain-text.ts';
import type { FakeSlack } from './slack/fake-slack.ts';
import type { Message } from './slack/records.ts';
import { PEOPLE } from './world.ts';

export interface Narrator {
  /** What a person is about to do. */
  act(person: string, what: string): void;
  stop(): void;
}

export function narrate(slack: FakeSlack, say: (line: string) => void): Narrator {
  const names = new Map<string, string>([
    ...PEOPLE.map(({ id, name }) => [id, name] as const),
    ...[...slack.workspace.channels.values()].map(({ id, name }) => [id, name] as const),
  ]);
  const line = (mark: string, text: string): void => {
    const shown = plainText(text, names).split('\n').join('\n             ');
    say(`${clockTime(Date.now())}  ${mark} ${shown}`);
  };
  const cards = new Map<string, string>();
  const tellMessage = (message: Message, isEdit: boolean): void => {
    if (message.isDeleted || message.text === '') return;
    if (message.threadTs === undefined) {
      // The card is edited all the time; its phase is what a reader of a log wants.
      const phase = headOf(message.text);
      if (cards.get(message.ts) === phase) return;
      cards.set(message.ts, phase);
      line('■', phase);
      return;
    }
    const before = message.versions.at(-2)?.text;
    if (isEdit && before === message.text) return;
    line(isEdit ? '~' : '│', message.text);
  };
  const stop = slack.onChange((change) => {
    if (change.kind === 'message-posted') tellMessage(change.message, false);
    else if (change.kind === 'message-edited') tellMessage(change.message, true);
    else if (change.kind === 'ephemeral-shown') {
      const { user, text } = change.ephemeral;
      line('·', `(only @${names.get(user) ?? user} sees) ${text}`);
    } else if (change.kind === 'file-shared') line('│', `[file ${change.file.title || change.file.name}]`);
  });
  return { act: (person, what) => line('>', `@${person} ${what}`), stop };
}

/** `m1 · carts-old → carts-new · following`, without what comes after it. */
function headOf(text: string): string {
  return /^(.+? · .+? · [a-z-]+)/.exec(text)?.[1] ?? text.split('\n')[0] ?? '';
}
