// The rich_text block: sections, lists, quotes and preformatted text, by Slack's "Rich text block" reference.
import { blockId } from './composition.ts';
import { anything, boolean, byType, list, number, object, oneOf, text } from './schema.ts';

const MAX_ELEMENTS = 1000;
const style = object(
  {},
  {
    bold: boolean,
    italic: boolean,
    strike: boolean,
    code: boolean,
    underline: boolean,
    highlight: boolean,
    client_highlight: boolean,
    unlink: boolean,
  },
);
const styled = { style };
const longText = text(12_000);

const inline = byType({
  text: object({ type: oneOf('text'), text: longText }, styled),
  link: object({ type: oneOf('link'), url: text(3000) }, { ...styled, text: text(3000), unsafe: boolean }),
  emoji: object({ type: oneOf('emoji'), name: text(100) }, { unicode: text(100), ...styled }),
  user: object({ type: oneOf('user'), user_id: text(255) }, styled),
  usergroup: object({ type: oneOf('usergroup'), usergroup_id: text(255) }, styled),
  channel: object({ type: oneOf('channel'), channel_id: text(255) }, styled),
  broadcast: object({ type: oneOf('broadcast'), range: oneOf('here', 'channel', 'everyone') }, styled),
  color: object({ type: oneOf('color'), value: text(7) }, styled),
  date: object(
    { type: oneOf('date'), timestamp: number(0, 4_102_444_800), format: text(200) },
    { ...styled, url: text(3000), fallback: text(300) },
  ),
});

const inlines = list(inline, MAX_ELEMENTS, 0);
const section = object({ type: oneOf('rich_text_section'), elements: inlines });

const richTextElement = byType({
  rich_text_section: section,
  rich_text_list: object(
    {
      type: oneOf('rich_text_list'),
      style: oneOf('bullet', 'ordered'),
      elements: list(section, MAX_ELEMENTS),
    },
    { indent: number(0, 8), offset: number(0, 10_000), border: oneOf(0, 1) },
  ),
  rich_text_quote: object({ type: oneOf('rich_text_quote'), elements: inlines }, { border: oneOf(0, 1) }),
  rich_text_preformatted: object(
    { type: oneOf('rich_text_preformatted'), elements: inlines },
    { border: oneOf(0, 1), language: anything },
  ),
});

export const richText = object(
  { type: oneOf('rich_text'), elements: list(richTextElement, MAX_ELEMENTS) },
  { block_id: blockId },
);
