// What every listener is given, and how it answers: ephemerally, in full sentences.

import type { WebClient } from '@slack/web-api';
import type { Clock, Dispatcher, Inventory, Logger, Outbox, Records } from '../../workflow/ports.ts';
import type { Button, Message, Style } from '../blocks/block.ts';
import type { Words } from '../blocks/words.ts';
import type { Groups } from '../groups.ts';

export interface ListenerParts {
  /** The slash command's name, `/redis`. */
  readonly command: string;
  readonly records: Records;
  readonly outbox: Outbox;
  readonly dispatcher: Dispatcher;
  readonly inventory: Inventory;
  readonly groups: Groups;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly client: WebClient;
  /** The app's own user, for "invite me"; null until Slack told it. */
  botUser(): string | null;
  /** The blocks that this workspace knows, as far as Ferry found out. */
  style(): Style;
}

/** What a person asked for, by a command or in a modal. */
export interface Asked {
  readonly user: string;
  /** Where it was asked for. */
  readonly channel: string;
  /** A typed command without its subcommand. */
  readonly args: readonly string[];
  /** Only the person who asked sees it. Never rejects. */
  answer(words: Words, buttons?: readonly Button[]): Promise<void>;
}

export interface CommandCall extends Asked {
  /** For a modal; lives three seconds. */
  readonly trigger: string;
  /** An answer with blocks of its own, in the style that the workspace knows. Never rejects. */
  show(render: (style: Style) => Message): Promise<void>;
}

export interface Subcommand {
  readonly name: string;
  /** What follows the name: `<source> <target>`. */
  readonly usage: string;
  readonly example: string;
  /** One line for `help`. */
  readonly help: string;
  readonly minArgs: number;
  readonly maxArgs: number;
  run(parts: ListenerParts, call: CommandCall): Promise<void>;
}
