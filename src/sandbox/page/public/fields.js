// The inputs of a modal as form fields, named by their block: menus, pickers that ask the app, texts, choices.

import { picker } from './picker.js';
import { classed, element } from './text.js';

/**
 * @param {object} block of type input
 * @param {{ entered: object, errors: object, suggest: (actionId: string, query: string) => Promise<object[]> }} doing
 */
export function field(block, { entered, errors, suggest }) {
  const { element: asked, block_id: name } = block;
  const id = `field-${name}`;
  const label = element('label', block.label?.text ?? '');
  label.htmlFor = id;
  const control = controlFor(asked, { id, name, was: entered[name], suggest });
  const box = classed('field', 'div', label, control);
  const error = errors[name];
  const words = [];
  if (block.hint !== undefined) words.push(classed('hint', 'span', block.hint.text));
  if (error !== undefined) words.push(classed('problem', 'span', error));
  for (const [i, node] of words.entries()) node.id = `${id}-words-${i}`;
  box.append(...words);
  const input = box.querySelector(`#${CSS.escape(id)}`);
  if (words.length > 0) input.setAttribute('aria-describedby', words.map((node) => node.id).join(' '));
  if (error !== undefined) {
    box.classList.add('wrong');
    input.setAttribute('aria-invalid', 'true');
  }
  return box;
}

function controlFor(asked, named) {
  switch (asked.type) {
    case 'static_select':
      return menu(asked, named);
    case 'external_select':
      return picker(asked, named);
    case 'radio_buttons':
    case 'checkboxes':
      return choices(asked, named);
    default:
      return text(asked, named);
  }
}

function menu(asked, { id, name, was }) {
  const node = element('select');
  node.id = id;
  node.name = name;
  const chosen = was ?? asked.initial_option?.value ?? '';
  if (asked.initial_option === undefined) {
    node.append(optionOf({ text: asked.placeholder ?? { text: 'Choose' }, value: '' }, chosen));
  }
  for (const option of asked.options ?? []) node.append(optionOf(option, chosen));
  for (const group of asked.option_groups ?? []) {
    const box = element('optgroup', ...group.options.map((option) => optionOf(option, chosen)));
    box.label = group.label.text;
    node.append(box);
  }
  return node;
}

function optionOf({ text: words, value }, chosen) {
  const option = element('option', words.text);
  option.value = value;
  option.selected = value === chosen;
  return option;
}

function choices(asked, { id, name, was }) {
  const initial = asked.initial_option ?? asked.initial_options?.[0];
  const chosen = was ?? initial?.value;
  const list = asked.options.map((option, i) => {
    const input = element('input');
    input.type = asked.type === 'checkboxes' ? 'checkbox' : 'radio';
    input.name = name;
    input.value = option.value;
    input.checked = option.value === chosen;
    if (i === 0) input.id = id;
    const words = element('span', option.text.text);
    if (option.description !== undefined) words.append(element('small', option.description.text));
    return classed('choice', 'label', input, words);
  });
  return element('div', ...list);
}

function text(asked, { id, name, was }) {
  const node = element(asked.multiline === true ? 'textarea' : 'input');
  node.id = id;
  node.name = name;
  node.value = was ?? asked.initial_value ?? '';
  node.placeholder = asked.placeholder?.text ?? '';
  return node;
}
