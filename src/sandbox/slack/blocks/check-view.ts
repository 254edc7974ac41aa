// The shape of a modal and of a home tab, by Slack's "Views" reference.
import { isObject } from '../json.ts';
import { checkBlocks, type Surface } from './check-blocks.ts';
import { plainText } from './composition.ts';
import { anything, boolean, type Check, object, oneOf, type Problem, text } from './schema.ts';

const shared = {
  private_metadata: text(3000, 0),
  callback_id: text(255, 0),
  external_id: text(255, 0),
};

const modal = object(
  { type: oneOf('modal'), title: plainText(24), blocks: anything },
  {
    ...shared,
    close: plainText(24),
    submit: plainText(24),
    clear_on_close: boolean,
    notify_on_close: boolean,
    submit_disabled: boolean,
  },
);

const home = object({ type: oneOf('home'), blocks: anything }, shared);

/** Everything that is wrong with a view that is to be shown on this surface. */
export function checkView(
  view: unknown,
  surface: Extract<Surface, 'modal' | 'home'>,
  options: { readonly hasRichBlocks: boolean },
): Problem[] {
  const problems: Problem[] = [];
  const shape: Check = surface === 'modal' ? modal : home;
  shape(view, '/view', problems);
  if (!isObject(view) || view['blocks'] === undefined) return problems;
  problems.push(...checkBlocks(view['blocks'], surface, { ...options, pointer: '/view/blocks' }));
  if (surface === 'modal' && view['submit'] === undefined && hasInput(view['blocks'])) {
    problems.push({
      pointer: '/view',
      message: 'missing required field: submit, as there is an input block',
    });
  }
  return problems;
}

function hasInput(blocks: unknown): boolean {
  return Array.isArray(blocks) && blocks.some((block) => isObject(block) && block['type'] === 'input');
}
