// Text objects, options, confirm dialogs: the parts that many blocks share, with the limits of Slack's
// "Composition objects" reference.
import { boolean, byType, type Check, list, object, oneOf, text } from './schema.ts';

/** `emoji` belongs to plain_text alone, `verbatim` to mrkdwn alone. */
export function plainText(maxChars: number): Check {
  return byType({
    plain_text: object({ type: oneOf('plain_text'), text: text(maxChars) }, { emoji: boolean }),
  });
}

export function mrkdwn(maxChars: number): Check {
  return byType({ mrkdwn: object({ type: oneOf('mrkdwn'), text: text(maxChars) }, { verbatim: boolean }) });
}

export function anyText(maxChars: number): Check {
  return byType({
    plain_text: object({ type: oneOf('plain_text'), text: text(maxChars) }, { emoji: boolean }),
    mrkdwn: object({ type: oneOf('mrkdwn'), text: text(maxChars) }, { verbatim: boolean }),
  });
}

export const blockId = text(255);
export const actionId = text(255);
export const imageUrl = text(3000);

export const confirm = object(
  { title: plainText(100), text: anyText(300), confirm: plainText(30), deny: plainText(30) },
  { style: oneOf('primary', 'danger') },
);

/** Select menus take plain text only; radio buttons and checkboxes take mrkdwn too. */
export function option(label: Check): Check {
  return object({ text: label, value: text(150) }, { description: anyText(75), url: text(3000) });
}

export const selectOption = option(plainText(75));
export const choiceOption = option(anyText(75));
export const optionGroup = object({ label: plainText(75), options: list(selectOption, 100) });

const slackFile = object({}, { id: text(255), url: text(3000) });

/** An image's own fields; exactly one of image_url and slack_file is checked by `imageSource`. */
export const imageFields = {
  required: { type: oneOf('image'), alt_text: text(2000) },
  optional: { image_url: imageUrl, slack_file: slackFile },
};
