// What a person entered in a modal: the state that Slack sends with a submission, and what a client would not
// let them send, such as an empty required field or an option that is not on the list.
import { isObject, type JsonObject, objectsOf, textOf } from './json.ts';

/** By block_id or action_id: a text, the value of an option, or a user's id. */
export interface Entries {
  readonly [blockOrActionId: string]: string;
}

/** Throws where a Slack client would not let the person submit. */
export function stateOf(body: JsonObject, entries: Entries): { [blockId: string]: JsonObject } {
  const values: { [blockId: string]: JsonObject } = {};
  const known = new Set<string>();
  for (const block of objectsOf(body['blocks'])) {
    const element = isObject(block['element']) ? block['element'] : undefined;
    if (!element) continue;
    const blockId = String(block['block_id']);
    const actionId = String(element['action_id']);
    known.add(blockId).add(actionId);
    const entered = entries[blockId] ?? entries[actionId];
    const value = entryOf(element, entered);
    if (value === undefined && block['optional'] !== true) {
      throw new Error(`the field ${blockId} must be filled in`);
    }
    values[blockId] = { [actionId]: value ?? emptyValue(element) };
  }
  const strays = Object.keys(entries).filter((id) => !known.has(id));
  if (strays.length > 0) throw new Error(`the modal has no field ${strays.join(', ')}`);
  return values;
}

function entryOf(element: JsonObject, entered: string | undefined): JsonObject | undefined {
  const type = String(element['type']);
  switch (type) {
    case 'plain_text_input':
    case 'number_input': {
      const value = entered ?? textOf(element['initial_value']);
      return value ? { type, value } : undefined;
    }
    case 'users_select': {
      const user = entered ?? textOf(element['initial_user']);
      return user ? { type, selected_user: user } : undefined;
    }
    case 'channels_select': {
      const channel = entered ?? textOf(element['initial_channel']);
      return channel ? { type, selected_channel: channel } : undefined;
    }
    case 'checkboxes': {
      const wanted =
        entered === undefined ? objectsOf(element['initial_options']) : [listed(element, entered)];
      return wanted.length > 0 ? { type, selected_options: wanted } : undefined;
    }
    default:
      return selected(type, element, entered);
  }
}

function selected(type: string, element: JsonObject, entered: string | undefined): JsonObject | undefined {
  if (entered === undefined) {
    const initial = element['initial_option'];
    return isObject(initial) ? { type, selected_option: initial } : undefined;
  }
  // The options of an external select came from the app, in answer to what the person typed.
  const isExternal = type === 'external_select';
  const text = { type: 'plain_text', text: entered, emoji: true };
  return { type, selected_option: isExternal ? { text, value: entered } : listed(element, entered) };
}

function listed(element: JsonObject, value: string): JsonObject {
  const groups = objectsOf(element['option_groups']).flatMap((group) => objectsOf(group['options']));
  const options = [...objectsOf(element['options']), ...groups];
  const option = options.find((entry) => entry['value'] === value);
  if (option) return option;
  const offered = options.map((entry) => String(entry['value'])).join(', ');
  throw new Error(`there is no option ${value}; offered are ${offered}`);
}

function emptyValue(element: JsonObject): JsonObject {
  const type = String(element['type']);
  if (type === 'plain_text_input' || type === 'number_input') return { type, value: null };
  if (type === 'users_select') return { type, selected_user: null };
  if (type === 'channels_select') return { type, selected_channel: null };
  return type === 'checkboxes' ? { type, selected_options: [] } : { type, selected_option: null };
}
