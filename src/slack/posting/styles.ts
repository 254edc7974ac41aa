// Which blocks this workspace gets. Where it refuses the newer ones, the message goes out in classic blocks,
// and that is remembered; a message that Slack refuses even so goes out as text, so that none is missing (I7).

import type { Message, Style } from '../blocks/block.ts';
import { refusedAs } from '../connection.ts';

export type StyleSetting = 'auto' | 'rich' | 'classic';

const BLOCK_ERRORS = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long']);

export interface Styles {
  readonly current: Style;
  /** Sends what `render` makes, falling back as far as needed. Rejects with what Slack says otherwise. */
  send<T>(render: (style: Style) => Message, send: (message: Message) => Promise<T>): Promise<T>;
}

export function createStyles(setting: StyleSetting, onFallback: (error: string) => void): Styles {
  let style: Style = setting === 'classic' ? 'classic' : 'rich';
  return {
    get current() {
      return style;
    },
    async send(render, send) {
      const used = style;
      const message = render(used);
      const first = await attempt(send, message);
      if ('sent' in first) return first.sent;
      onFallback(first.error);
      if (used === 'rich') {
        const classic = render('classic');
        const second = await attempt(send, classic);
        if ('sent' in second) {
          // Too long is this message's own trouble; unknown blocks are the workspace's.
          if (setting === 'auto' && first.error !== 'msg_blocks_too_long') style = 'classic';
          return second.sent;
        }
      }
      return send({ text: message.text, blocks: [] });
    },
  };
}

async function attempt<T>(
  send: (message: Message) => Promise<T>,
  message: Message,
): Promise<{ readonly sent: T } | { readonly error: string }> {
  try {
    return { sent: await send(message) };
  } catch (error) {
    const code = refusedAs(error);
    if (code !== null && BLOCK_ERRORS.has(code)) return { error: code };
    throw error;
  }
}
