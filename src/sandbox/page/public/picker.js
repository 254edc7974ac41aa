// A menu whose options the app gives as one types, for lists too long to be shown.

import { classed, element } from './text.js';

const ASK_AFTER_MS = 150;

/** @param {{ id: string, name: string, was: string | undefined, suggest: (actionId: string, query: string) => Promise<object[]> }} named */
export function picker(asked, { id, name, was, suggest }) {
  const chosen = element('input');
  chosen.type = 'hidden';
  chosen.name = name;
  chosen.value = was ?? asked.initial_option?.value ?? '';
  const box = element('input');
  box.type = 'search';
  box.id = id;
  box.autocomplete = 'off';
  box.placeholder = asked.placeholder?.text ?? 'Type to search';
  box.value = chosen.value;
  box.setAttribute('role', 'combobox');
  box.setAttribute('aria-controls', `${id}-list`);
  const list = element('ul');
  list.id = `${id}-list`;
  list.setAttribute('role', 'listbox');
  list.hidden = true;
  let at = 0;
  let timer;

  const choose = (item) => {
    chosen.value = item.dataset.value;
    box.value = item.textContent;
    list.hidden = true;
  };
  const mark = (index) => {
    at = Math.min(list.children.length - 1, Math.max(0, index));
    for (const [i, item] of [...list.children].entries())
      item.setAttribute('aria-selected', String(i === at));
    list.children[at]?.scrollIntoView({ block: 'nearest' });
  };
  const look = async () => {
    const options = await suggest(asked.action_id, box.value);
    list.replaceChildren(...options.map((option) => itemOf(option, choose)));
    list.hidden = options.length === 0;
    mark(0);
  };
  box.addEventListener('focus', look);
  box.addEventListener('input', () => {
    chosen.value = '';
    clearTimeout(timer);
    timer = setTimeout(look, ASK_AFTER_MS);
  });
  box.addEventListener('keydown', (event) => {
    if (list.hidden) return;
    if (event.key === 'ArrowDown') mark(at + 1);
    else if (event.key === 'ArrowUp') mark(at - 1);
    else if (event.key === 'Enter' && list.children[at]) choose(list.children[at]);
    else return;
    event.preventDefault();
  });
  box.addEventListener('blur', () => {
    list.hidden = true;
  });
  return classed('picker', 'div', box, list, chosen);
}

function itemOf(option, choose) {
  const item = element('li', option.text.text);
  item.dataset.value = option.value;
  item.setAttribute('role', 'option');
  // Before the box loses the focus, or the list is gone.
  item.addEventListener('mousedown', (event) => {
    event.preventDefault();
    choose(item);
  });
  return item;
}
