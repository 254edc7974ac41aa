// Dialogs: the confirmation that a button asks for, and the modals that the app opens.

import { renderBlock } from './blocks.js';
import { field } from './fields.js';
import { classed, element, mrkdwn } from './text.js';

const byId = (id) => document.getElementById(id);
/** The view that is shown, so that what was entered outlives its corrections. */
let shownId = null;

/** Resolves to true when the person agrees. @param {object} confirm of a button */
export function confirmed(confirm, nameOf) {
  const dialog = byId('dialog');
  const words = (text) => (text.type === 'mrkdwn' ? mrkdwn(text.text, nameOf) : text.text);
  const yes = classed(confirm.style ?? 'primary', 'button', confirm.confirm.text);
  const no = element('button', confirm.deny.text);
  yes.value = 'yes';
  no.value = 'no';
  const form = element(
    'form',
    identified('dialog-title', classed('dialog-head', 'h3', confirm.title.text)),
    identified('dialog-words', classed('dialog-body', 'div', element('p', words(confirm.text)))),
    classed('row dialog-foot', 'p', no, yes),
  );
  form.method = 'dialog';
  dialog.replaceChildren(form);
  dialog.returnValue = 'no';
  dialog.showModal();
  yes.focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

/**
 * Shows a view, or closes the modal.
 * @param {{ id: string, body: object, errors: object } | null} view
 * @param {{ context: object, submit: (entries: object) => Promise<string>, close: () => void, suggest: (actionId: string, query: string) => Promise<object[]> }} doing
 */
export function showModal(view, { context, submit, close, suggest }) {
  const modal = byId('modal');
  modal.onclose = null;
  if (view === null) {
    shownId = null;
    modal.close();
    return;
  }
  const { body, errors } = view;
  const entered = view.id === shownId ? entriesOf(modal.querySelector('form')) : {};
  shownId = view.id;
  const content = classed('dialog-body', 'div');
  for (const block of body.blocks ?? []) {
    const node =
      block.type === 'input' ? field(block, { entered, errors, suggest }) : renderBlock(block, context);
    content.append(node);
  }
  const problem = classed('problem', 'p');
  problem.setAttribute('role', 'alert');
  content.append(problem);
  const leave = element('button', body.close?.text ?? 'Close');
  leave.type = 'button';
  leave.addEventListener('click', () => modal.close());
  const buttons = classed('row dialog-foot', 'p', leave);
  if (body.submit !== undefined) buttons.append(classed('primary', 'button', body.submit.text));
  const title = identified('modal-title', classed('dialog-head', 'h3', body.title?.text ?? ''));
  const form = element('form', title, content, buttons);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.textContent = await submit(entriesOf(form));
  });
  modal.replaceChildren(form);
  if (!modal.open) modal.showModal();
  const wrong = form.querySelector('[aria-invalid="true"]');
  (wrong ?? form.querySelector('select, input:not([type="hidden"]), textarea') ?? leave).focus();
  if (wrong === null) content.scrollTop = 0;
  modal.onclose = close;
}

/** The dialogs in the page are named by what is in them. */
function identified(id, node) {
  node.id = id;
  return node;
}

function entriesOf(form) {
  return Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
}
