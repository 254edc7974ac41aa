// Slack's blocks as DOM nodes. Every text goes through textContent; nothing that arrives is ever HTML.

import { chart } from './chart.js';
import { keepingFocus } from './focus.js';
import { classed, date, element, link, mention, mrkdwn } from './text.js';

/**
 * @typedef {{
 *   nameOf: (id: string) => string,
 *   press: (button: object, blockId: string | undefined) => void,
 *   unfolded: Set<string>,
 * }} Context
 */

/** What each node was made of, so that a block that did not change keeps its node, and a finger its button. */
const madeOf = new WeakMap();

/** Shows these blocks in the box, and nothing else. @param {Element} box @param {readonly object[]} blocks @param {Context} context */
export function updateBlocks(box, blocks, context) {
  keepingFocus(box, () => drawBlocks(box, blocks, context));
}

function drawBlocks(box, blocks, context) {
  for (const [i, block] of blocks.entries()) {
    const made = JSON.stringify(block);
    const before = box.children[i];
    if (before !== undefined && madeOf.get(before) === made) continue;
    const node = classed('block', 'div', renderBlock(block, context));
    madeOf.set(node, made);
    if (before === undefined) box.append(node);
    else before.replaceWith(node);
  }
  while (box.children.length > blocks.length) box.lastElementChild.remove();
}

/** @param {Context} context */
export function renderBlock(block, context) {
  return RENDERERS[block.type]?.(block, context) ?? unknown(block);
}

const RENDERERS = {
  header: (block) => classed('block-header', 'h3', block.text.text),
  section: (block, context) => {
    const hasAccessory = block.accessory !== undefined;
    const box = classed(hasAccessory ? 'block-section with-accessory' : 'block-section', 'div');
    if (block.text !== undefined) box.append(element('p', text(block.text, context)));
    if (block.fields !== undefined) {
      const fields = block.fields.map((field) => element('p', text(field, context)));
      box.append(classed('fields', 'div', ...fields));
    }
    if (hasAccessory) box.append(interactive(block.accessory, block.block_id, context));
    return box;
  },
  context: (block, context) =>
    classed('block-context', 'p', ...spaced(block.elements.map((one) => text(one, context)))),
  actions: (block, context) =>
    classed('row', 'div', ...block.elements.map((one) => interactive(one, block.block_id, context))),
  divider: () => element('hr'),
  markdown: (block, context) => classed('block-markdown', 'p', mrkdwn(block.text, context.nameOf)),
  rich_text: (block, context) => richText(block, context),
  table: (block, context) => table(block, context),
  data_visualization: (block) => chart(block),
  task_card: (block, context) => classed('plan', 'ol', task(block, context)),
  plan: (block, context) => plan(block, context),
  container: (block, context) => {
    const title = block.title ?? block.rich_text_title;
    const head = [title, block.subtitle].filter((part) => part !== undefined);
    return classed(
      'container',
      'div',
      ...head.map((part, i) => element(i === 0 ? 'b' : 'p', text(part, context))),
      ...(block.child_blocks ?? []).map((each) => renderBlock(each, context)),
    );
  },
  card: (block, context) => {
    const parts = [block.title, block.subtitle, block.body].filter((part) => part !== undefined);
    return classed('container', 'div', ...parts.map((part) => element('p', text(part, context))));
  },
  alert: (block, context) => classed('container', 'p', text(block.text, context)),
};

function unknown(block) {
  return classed('quiet', 'p', `[${block.type}]`);
}

function text(object, context) {
  if (typeof object === 'string') return object;
  if (object?.type === 'mrkdwn') return mrkdwn(object.text, context.nameOf);
  if (object?.type === 'rich_text') return richText(object, context);
  return object?.text ?? object?.alt_text ?? '';
}

function spaced(nodes) {
  return nodes.flatMap((node, i) => (i === 0 ? [node] : [' ', node]));
}

function interactive(one, blockId, context) {
  if (one.type !== 'button') return classed('quiet', 'span', `[${one.type}]`);
  if (one.url !== undefined) return link(one.url, one.text.text);
  const button = classed(one.style ?? '', 'button', one.text.text);
  button.type = 'button';
  button.dataset.action = one.action_id;
  button.addEventListener('click', () => context.press(one, blockId));
  return button;
}

const SIGNS = { pending: '', in_progress: '', complete: '✓', error: '✗' };
const STATES = { pending: 'to come', in_progress: 'under way', complete: 'done', error: 'failed' };

function plan(block, context) {
  const id = block.block_id ?? block.title;
  const box = classed('plan-box', 'details', element('summary', block.title));
  // A plan shows its tasks until a person folds it; folding is remembered over edits.
  box.open = !context.unfolded.has(id);
  box.addEventListener('toggle', () => {
    if (box.open) context.unfolded.delete(id);
    else context.unfolded.add(id);
  });
  box.append(classed('plan', 'ol', ...block.tasks.map((one) => task(one, context))));
  return box;
}

function task(one, context) {
  const status = one.status ?? 'pending';
  const sign = classed('sign', 'span', SIGNS[status] ?? '');
  sign.setAttribute('role', 'img');
  sign.setAttribute('aria-label', STATES[status] ?? status);
  const item = classed(`task ${status}`, 'li', sign, classed('task-title', 'span', one.title));
  for (const part of [one.details, one.output]) {
    if (part !== undefined) item.append(classed('task-details', 'div', richText(part, context)));
  }
  return item;
}

function table(block, context) {
  const rows = block.rows.map((row, i) =>
    element('tr', ...row.map((cell) => element(i === 0 ? 'th' : 'td', cellContent(cell, context)))),
  );
  return classed('table-box', 'div', element('table', ...rows));
}

function cellContent(cell, context) {
  if (cell.type === 'raw_number') return String(cell.value);
  return text(cell, context);
}

function richText(block, context) {
  const out = document.createDocumentFragment();
  for (const part of block.elements ?? []) out.append(richPart(part, context));
  return out;
}

function richPart(part, context) {
  const inside = () => part.elements.map((one) => richElement(one, context));
  switch (part.type) {
    case 'rich_text_list': {
      const tag = part.style === 'ordered' ? 'ol' : 'ul';
      return element(tag, ...part.elements.map((one) => element('li', richPart(one, context))));
    }
    case 'rich_text_preformatted':
      return element('pre', ...inside());
    case 'rich_text_quote':
      return element('blockquote', ...inside());
    default:
      return element('p', ...inside());
  }
}

function richElement(one, { nameOf }) {
  switch (one.type) {
    case 'text':
      return styled(one.text, one.style ?? {});
    case 'link':
      return link(one.url, one.text ?? one.url);
    case 'user':
      return mention(`@${nameOf(one.user_id)}`);
    case 'usergroup':
      return mention(`@${nameOf(one.usergroup_id)}`);
    case 'channel':
      return mention(`#${nameOf(one.channel_id)}`);
    case 'date':
      return date(one.timestamp, one.format, one.fallback ?? '');
    default:
      return one.text ?? one.name ?? '';
  }
}

function styled(words, style) {
  let node = document.createTextNode(words);
  if (style.code) node = element('code', node);
  if (style.bold) node = element('b', node);
  if (style.italic) node = element('i', node);
  if (style.strike) node = element('s', node);
  return node;
}
