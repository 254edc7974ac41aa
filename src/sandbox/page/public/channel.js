// The channel and the open thread: who sees which message, where it stands, and what its buttons do.

import { renderBlocks } from './blocks.js';
import { classed, element, link, mrkdwn } from './text.js';

/** How close to the end one has to be for the list to go on by itself. */
const NEAR_END_PX = 80;

export class Conversation {
  #messages = new Map();
  #nodes = new Map();
  #folded = new Map();
  #openThread = null;
  #options;

  /** @param {{ nameOf, press, me: () => string, bot: () => string }} options */
  constructor(options) {
    this.#options = options;
  }

  clear() {
    this.#messages.clear();
    this.#nodes.clear();
    this.#openThread = null;
    for (const id of ['channel', 'thread']) document.getElementById(id).replaceChildren();
  }

  /** A message or an ephemeral, new or changed. */
  put(message) {
    this.#messages.set(message.ts, message);
    if (this.#isCard(message) && (this.#openThread === null || message.ts > this.#openThread))
      this.openThread(message.ts);
    this.#show(message);
    const parent = message.threadTs === undefined ? undefined : this.#messages.get(message.threadTs);
    if (parent !== undefined) this.#show(parent);
  }

  /** After another person was chosen: others see other ephemerals. */
  showAll() {
    for (const id of ['channel', 'thread']) document.getElementById(id).replaceChildren();
    this.#nodes.clear();
    for (const message of [...this.#messages.values()].sort(byTs)) this.#show(message);
  }

  openThread(ts) {
    this.#openThread = ts;
    this.showAll();
  }

  /** Does anything that this person sees offer this button? */
  offers(actionId) {
    return [...this.#nodes.values()].some(
      (node) => node.querySelector(`[data-action="${actionId}"]`) !== null,
    );
  }

  /** Was a migration asked for? */
  get hasCard() {
    return [...this.#messages.values()].some((message) => this.#isCard(message));
  }

  #isCard(message) {
    return message.threadTs === undefined && message.isEphemeral !== true && this.#isFromApp(message);
  }

  #isFromApp(message) {
    return message.user === this.#options.bot();
  }

  #listOf(message) {
    if (message.isDeleted || (message.isEphemeral === true && message.user !== this.#options.me()))
      return null;
    if (message.threadTs === undefined) return document.getElementById('channel');
    return message.threadTs === this.#openThread ? document.getElementById('thread') : null;
  }

  #show(message) {
    const before = this.#nodes.get(message.ts);
    const list = this.#listOf(message);
    if (list === null) {
      before?.remove();
      this.#nodes.delete(message.ts);
      return;
    }
    const wasAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
    const node = this.#render(message);
    this.#nodes.set(message.ts, node);
    if (before !== undefined) before.replaceWith(node);
    else insertInOrder(list, node, message.ts);
    if (wasAtEnd) list.scrollTop = list.scrollHeight;
    this.#titleThread();
  }

  #render(message) {
    const { nameOf } = this.#options;
    const isBot = message.isEphemeral === true || this.#isFromApp(message);
    const name = message.from === 'slack' ? 'Slack' : isBot ? 'Ferry' : nameOf(message.user);
    const time = new Date(Number(message.ts) * 1000).toLocaleTimeString('en', { hour12: false });
    const head = classed('who', 'p', element('b', name), classed('quiet', 'span', ` ${time}`));
    if (message.isEphemeral === true) head.append(classed('only-you', 'span', 'Only visible to you'));
    if (message.isEdited) head.append(classed('quiet', 'span', ' (edited)'));
    const node = classed(message.isEphemeral === true ? 'message ephemeral' : 'message', 'li', head);
    node.dataset.ts = message.ts;
    if (!this.#folded.has(message.ts)) this.#folded.set(message.ts, new Set());
    const unfolded = this.#folded.get(message.ts);
    const press = (button, blockId) => this.#options.press(message, button, blockId);
    if (message.blocks.length > 0) node.append(renderBlocks(message.blocks, { nameOf, press, unfolded }));
    else if (message.text !== '') node.append(element('p', mrkdwn(message.text, nameOf)));
    for (const { id, title } of message.files ?? []) {
      node.append(element('p', link(new URL(`/files/${id}`, location.href).href, title)));
    }
    this.#appendReplies(node, message);
    return node;
  }

  #appendReplies(node, message) {
    if (message.threadTs !== undefined || message.isEphemeral === true) return;
    const replies = [...this.#messages.values()].filter(
      (one) => one.threadTs === message.ts && !one.isDeleted && one.isEphemeral !== true,
    );
    if (replies.length === 0) return;
    const isOpen = this.#openThread === message.ts;
    const open = classed(
      'replies',
      'button',
      `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`,
    );
    open.disabled = isOpen;
    open.addEventListener('click', () => this.openThread(message.ts));
    node.append(open);
  }

  #titleThread() {
    const card = this.#messages.get(this.#openThread);
    const title = card?.blocks.find((block) => block.type === 'header')?.text.text ?? '';
    document.getElementById('thread-title').textContent = title;
    document.getElementById('thread-none').hidden = document.getElementById('thread').childElementCount > 0;
  }
}

function byTs(a, b) {
  return a.ts < b.ts ? -1 : 1;
}

function insertInOrder(list, node, ts) {
  const later = [...list.children].find((other) => other.dataset.ts > ts);
  list.insertBefore(node, later ?? null);
}
