// Finds what a person wants to click, and says what else there is when it is not there.
import { elementsOf } from './blocks/check-blocks.ts';
import type { JsonObject } from './json.ts';

export interface Found {
  readonly blockId: string;
  readonly element: JsonObject;
}

/** Throws with the list of what can be clicked. */
export function findElement(
  blocks: readonly JsonObject[],
  actionId: string,
  where: string,
  blockId?: string,
): Found {
  const all = blocks.flatMap((block) =>
    elementsOf(block).map((element) => ({ blockId: String(block['block_id']), element })),
  );
  const found = all.find(
    (entry) =>
      entry.element['action_id'] === actionId && (blockId === undefined || entry.blockId === blockId),
  );
  if (found) return found;
  const offered = all.map(({ element }) => element['action_id']).filter((id) => id !== undefined);
  throw new Error(`${where} has no ${actionId}; it has ${offered.join(', ') || 'nothing to click'}`);
}

/** The `actions[0]` of a payload: the element with what the person chose. */
export function actionOf(found: Found, choice: string | undefined): JsonObject {
  const { element, blockId } = found;
  const { type } = element;
  const base = { type, action_id: element['action_id'], block_id: blockId };
  if (type === 'button') {
    const { text, value, style } = element;
    const optional = { ...(value === undefined ? {} : { value }), ...(style === undefined ? {} : { style }) };
    return { ...base, text, ...optional };
  }
  if (choice === undefined) throw new Error(`${String(element['action_id'])} needs a choice`);
  if (type === 'users_select') return { ...base, selected_user: choice };
  if (type === 'plain_text_input') return { ...base, value: choice };
  const text = { type: 'plain_text', text: choice, emoji: true };
  return { ...base, selected_option: { text, value: choice } };
}
