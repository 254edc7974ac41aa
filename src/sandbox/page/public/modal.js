// Dialogs: the confirmation that a button asks for, and the modals that the app opens.

import { renderBlocks } from './blocks.js';
import { classed, element, mrkdwn } from './text.js';

/** Resolves to true when the person agrees. @param {object} confirm of a button */
export function confirmed(confirm, nameOf) {
  const dialog = document.getElementById('dialog');
  const words = (text) => (text.type === 'mrkdwn' ? mrkdwn(text.text, nameOf) : text.text);
  const yes = classed(confirm.style ?? 'primary', 'button', confirm.confirm.text);
  const no = element('button', confirm.deny.text);
  yes.value = 'yes';
  no.value = 'no';
  const form = element('form', element('h3', confirm.title.text), element('p', words(confirm.text)));
  form.method = 'dialog';
  form.append(classed('row', 'p', yes, no));
  dialog.replaceChildren(form);
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

/**
 * Shows a view, or closes the modal.
 * @param {{ body: object, errors: object } | null} view
 * @param {{ context: object, submit: (entries: object) => void, close: () => void }} doing
 */
export function showModal(view, { context, submit, close }) {
  const modal = document.getElementById('modal');
  modal.onclose = null;
  if (view === null) {
    modal.close();
    return;
  }
  const { body, errors } = view;
  const form = element('form', element('h3', body.title?.text ?? ''));
  for (const block of body.blocks ?? []) {
    form.append(block.type === 'input' ? input(block, errors) : renderBlocks([block], context));
  }
  const buttons = classed('row', 'p');
  if (body.submit !== undefined) buttons.append(classed('primary', 'button', body.submit.text));
  const leave = element('button', body.close?.text ?? 'Close');
  leave.type = 'button';
  leave.addEventListener('click', () => modal.close());
  buttons.append(leave);
  form.append(buttons);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const filled = [...new FormData(form)].filter(([, value]) => value !== '');
    submit(Object.fromEntries(filled));
  });
  modal.replaceChildren(form);
  if (!modal.open) modal.showModal();
  // The browser has scrolled to the first button.
  modal.scrollTop = 0;
  modal.onclose = close;
}

function input(block, errors) {
  const label = element('label', block.label?.text ?? '', field(block));
  if (block.hint !== undefined) label.append(classed('quiet', 'span', block.hint.text));
  const error = errors[block.block_id];
  if (error !== undefined) label.append(classed('problem', 'span', error));
  return label;
}

function field({ element: asked, block_id: name }) {
  const options = [
    ...(asked.options ?? []),
    ...(asked.option_groups ?? []).flatMap((group) => group.options),
  ];
  const isChoice = options.length > 0;
  const node = document.createElement(isChoice ? 'select' : asked.multiline === true ? 'textarea' : 'input');
  node.name = name;
  if (!isChoice) node.value = asked.initial_value ?? '';
  for (const option of options) {
    const choice = element('option', option.text.text);
    choice.value = option.value;
    choice.selected = option.value === asked.initial_option?.value;
    node.append(choice);
  }
  return node;
}
