// What every listener is given, and how it answers: ephemerally, in full sentences.

import type { WebClient } from '@slack/web-api';
import type { Clock, Dispatcher, Inventory, Logger, Outbox, Records } from '../../workflow/ports.ts';
import type { Button } from '../blocks/block.ts';
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
}

/** One typed command, without its subcommand. */
export interface CommandCall {
  readonly user: string;
  /** Where it was typed. */
  readonly channel: string;
  readonly args: readonly string[];
  /** For a modal; lives three seconds. */
  readonly trigger: string;
  /** Only the person who asked sees it. Never rejects. */
  answer(words: Words, buttons?: readonly Button[]): Promise<void>;
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
