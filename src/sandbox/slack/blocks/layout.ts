// The blocks that every workspace has: section, header, context, actions, divider, image, input, markdown
// and, in modals, alert.
import { isObject } from '../json.ts';
import { anyText, blockId, imageFields, plainText } from './composition.ts';
import { accessory, actionsElement, distinctActionIds, imageElement, inputElement } from './elements.ts';
import { all, boolean, byType, type Check, list, object, oneOf, text } from './schema.ts';

const shared = { block_id: blockId };

const sectionHasContent: Check = (value, pointer, problems) => {
  if (isObject(value) && value['text'] === undefined && value['fields'] === undefined) {
    problems.push({ pointer, message: 'missing required field: text or fields' });
  }
};

export const section = all(
  object(
    { type: oneOf('section') },
    { ...shared, text: anyText(3000), fields: list(anyText(2000), 10), accessory, expand: boolean },
  ),
  sectionHasContent,
);

export const header = object({ type: oneOf('header'), text: plainText(150) }, shared);
export const divider = object({ type: oneOf('divider') }, shared);

const contextElement: Check = (value, pointer, problems) => {
  const isImage = isObject(value) && value['type'] === 'image';
  (isImage ? imageElement : anyText(2000))(value, pointer, problems);
};
export const context = object({ type: oneOf('context'), elements: list(contextElement, 10) }, shared);

export const actions = all(
  object({ type: oneOf('actions'), elements: list(actionsElement, 25) }, shared),
  distinctActionIds('elements'),
);

export const image = object(imageFields.required, {
  ...imageFields.optional,
  ...shared,
  title: plainText(2000),
});

export const input = object(
  { type: oneOf('input'), label: plainText(2000), element: inputElement },
  { ...shared, hint: plainText(2000), optional: boolean, dispatch_action: boolean },
);

export const markdown = object({ type: oneOf('markdown'), text: text(12_000) }, shared);

export const alert = object(
  { type: oneOf('alert'), text: anyText(3000) },
  { ...shared, level: oneOf('default', 'info', 'warning', 'error', 'success') },
);

export const table = (cell: Check): Check =>
  object(
    { type: oneOf('table'), rows: list(list(cell, 20), 100) },
    {
      ...shared,
      column_settings: list(
        object({}, { align: oneOf('left', 'center', 'right'), is_wrapped: boolean }),
        20,
        0,
      ),
    },
  );

export const containerChild = byType({ actions, context, divider, header, image, input, section });
