// Interactive elements and images: which there are and the limits of each, by Slack's "Block elements" reference.
import { isObject } from '../json.ts';
import {
  actionId,
  choiceOption,
  confirm,
  imageFields,
  optionGroup,
  plainText,
  selectOption,
} from './composition.ts';
import { all, boolean, byType, type Check, list, number, object, oneOf, text } from './schema.ts';

const dispatchConfig = object({
  trigger_actions_on: list(oneOf('on_enter_pressed', 'on_character_entered'), 2),
});

const imageSource: Check = (value, pointer, problems) => {
  if (isObject(value) && (value['image_url'] === undefined) === (value['slack_file'] === undefined)) {
    problems.push({ pointer, message: 'must have exactly one of image_url and slack_file' });
  }
};

export const imageElement = all(object(imageFields.required, imageFields.optional), imageSource);

export const button = object(
  { type: oneOf('button'), text: plainText(75) },
  {
    action_id: actionId,
    url: text(3000),
    value: text(2000),
    style: oneOf('primary', 'danger'),
    confirm,
    accessibility_label: text(75),
  },
);

const menu = { action_id: actionId, confirm, focus_on_load: boolean, placeholder: plainText(150) };

const optionsOrGroups: Check = (value, pointer, problems) => {
  if (isObject(value) && (value['options'] === undefined) === (value['option_groups'] === undefined)) {
    problems.push({ pointer, message: 'must have exactly one of options and option_groups' });
  }
};

const listedOptions = { options: list(selectOption, 100), option_groups: list(optionGroup, 100) };
const userId = text(255);

const selects = {
  static_select: all(
    object({ type: oneOf('static_select') }, { ...menu, ...listedOptions, initial_option: selectOption }),
    optionsOrGroups,
  ),
  multi_static_select: all(
    object(
      { type: oneOf('multi_static_select') },
      {
        ...menu,
        ...listedOptions,
        initial_options: list(selectOption, 100),
        max_selected_items: number(1, 100),
      },
    ),
    optionsOrGroups,
  ),
  external_select: object(
    { type: oneOf('external_select') },
    { ...menu, initial_option: selectOption, min_query_length: number(0, 1000) },
  ),
  users_select: object({ type: oneOf('users_select') }, { ...menu, initial_user: userId }),
  multi_users_select: object(
    { type: oneOf('multi_users_select') },
    { ...menu, initial_users: list(userId, 100), max_selected_items: number(1, 100) },
  ),
  channels_select: object(
    { type: oneOf('channels_select') },
    { ...menu, initial_channel: text(255), response_url_enabled: boolean },
  ),
};

const choices = { action_id: actionId, confirm, focus_on_load: boolean };

const pickers = {
  checkboxes: object(
    { type: oneOf('checkboxes'), options: list(choiceOption, 10) },
    { ...choices, initial_options: list(choiceOption, 10) },
  ),
  radio_buttons: object(
    { type: oneOf('radio_buttons'), options: list(choiceOption, 10) },
    { ...choices, initial_option: choiceOption },
  ),
  datepicker: object(
    { type: oneOf('datepicker') },
    { ...choices, initial_date: text(10), placeholder: plainText(150) },
  ),
  timepicker: object(
    { type: oneOf('timepicker') },
    { ...choices, initial_time: text(5), placeholder: plainText(150), timezone: text(100) },
  ),
};

const overflow = object(
  { type: oneOf('overflow'), options: list(selectOption, 5) },
  { action_id: actionId, confirm },
);

const inputs = {
  plain_text_input: object(
    { type: oneOf('plain_text_input') },
    {
      action_id: actionId,
      initial_value: text(3000, 0),
      multiline: boolean,
      min_length: number(0, 3000),
      max_length: number(1, 3000),
      dispatch_action_config: dispatchConfig,
      focus_on_load: boolean,
      placeholder: plainText(150),
    },
  ),
  number_input: object(
    { type: oneOf('number_input'), is_decimal_allowed: boolean },
    {
      action_id: actionId,
      initial_value: text(100),
      min_value: text(100),
      max_value: text(100),
      dispatch_action_config: dispatchConfig,
      focus_on_load: boolean,
      placeholder: plainText(150),
    },
  ),
};

export const actionsElement = byType({ button, overflow, ...selects, ...pickers });
export const accessory = byType({ button, overflow, image: imageElement, ...selects, ...pickers });
export const inputElement = byType({ ...selects, ...pickers, ...inputs });

/** Two elements of one block must not share an action_id. */
export function distinctActionIds(field: string): Check {
  return (value, pointer, problems) => {
    if (!isObject(value) || !Array.isArray(value[field])) return;
    const seen = new Set<unknown>();
    for (const [index, element] of value[field].entries()) {
      const id = isObject(element) ? element['action_id'] : undefined;
      if (id === undefined) continue;
      if (seen.has(id)) {
        const at = `${pointer}/${field}/${index}/action_id`;
        problems.push({ pointer: at, message: `\`action_id\` already exists: ${String(id)}` });
      }
      seen.add(id);
    }
  };
}
