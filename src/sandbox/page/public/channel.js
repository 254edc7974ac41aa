// The channel and the open thread: who sees which message, where it stands, and what its buttons do.

import { updateBlocks } from './blocks.js';
import { avatar, capital } from './people.js';
import { classed, clock, element, link, mrkdwn } from './text.js';

/** How close to the end one has to be for the list to go on by itself. */
const NEAR_END_PX = 120;
/** So many answers are kept for a screen reader that has not come to them yet. */
const TOLD = 3;
const byId = (id) => document.getElementById(id);

export class Conversation {
  #messages = new Map();
  #nodes = new Map();
  #folded = new Map();
  #openThread = null;
  #isLive = false;
  #options;

  /** @param {{ nameOf, press, threadOpened: () => void, me: () => string, bot: () => string }} options */
  constructor(options) {
    this.#options = options;
  }

  clear() {
    this.#messages.clear();
    this.#nodes.clear();
    this.#openThread = null;
    this.#isLive = false;
    for (const id of ['channel', 'thread']) byId(id).replaceChildren();
  }

  /** From now on what arrives is new. */
  live() {
    this.#isLive = true;
  }

  /** A message or an ephemeral, new or changed. */
  put(message) {
    const isNew = this.#isLive && !this.#messages.has(message.ts);
    this.#messages.set(message.ts, message);
    if (this.#isCard(message) && (this.#openThread === null || message.ts > this.#openThread))
      this.openThread(message.ts);
    this.#show(message, isNew);
    const parent = message.threadTs === undefined ? undefined : this.#messages.get(message.threadTs);
    if (parent !== undefined) this.#show(parent, false);
  }

  /** After another person was chosen: others see other ephemerals. */
  showAll() {
    for (const id of ['channel', 'thread']) byId(id).replaceChildren();
    this.#nodes.clear();
    for (const message of [...this.#messages.values()].sort(byTs)) this.#show(message, false);
    for (const id of ['channel', 'thread']) byId(id).scrollTop = byId(id).scrollHeight;
    this.#titleThread();
  }

  /** Only the thread is drawn anew: the button that opened it keeps its place, and the channel does not move. */
  openThread(ts) {
    this.#openThread = ts;
    const list = byId('thread');
    for (const node of list.children) this.#nodes.delete(node.dataset.ts);
    list.replaceChildren();
    const replies = [...this.#messages.values()].filter(({ threadTs }) => threadTs === ts);
    for (const message of replies.sort(byTs)) this.#show(message, false);
    list.scrollTop = list.scrollHeight;
    this.#titleThread();
  }

  /** The message that a permalink of this Slack leads to: its thread is opened. False: it leads elsewhere. */
  follow(url) {
    const [, seconds, micros] = /\/archives\/\w+\/p(\d{10})(\d{6})/.exec(url) ?? [];
    const message = this.#messages.get(`${seconds}.${micros}`);
    if (message === undefined) return false;
    this.openThread(message.threadTs ?? message.ts);
    this.#nodes.get(message.ts)?.scrollIntoView({ block: 'nearest' });
    return true;
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
    if (message.threadTs === undefined) return byId('channel');
    return message.threadTs === this.#openThread ? byId('thread') : null;
  }

  #show(message, isNew) {
    const list = this.#listOf(message);
    let node = this.#nodes.get(message.ts);
    if (list === null) {
      node?.remove();
      this.#nodes.delete(message.ts);
      return;
    }
    const wasAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
    if (node === undefined) {
      node = this.#frame(message);
      if (isNew) node.classList.add('new');
      if (isNew && message.isEphemeral === true && list.id === 'channel') this.#tell(message);
      this.#nodes.set(message.ts, node);
      insertInOrder(list, node, message.ts);
    }
    this.#fill(node, message);
    if (wasAtEnd) list.scrollTop = list.scrollHeight;
    this.#titleThread();
  }

  /** The thread tells its news by itself; the channel, whose cards change every second, only answers to this person. */
  #tell(message) {
    const told = byId('told');
    told.append(element('p', mrkdwn(message.text, this.#options.nameOf).textContent));
    while (told.childElementCount > TOLD) told.firstElementChild.remove();
  }

  /** What never changes: who wrote it, when, and its files. */
  #frame(message) {
    const isApp = message.isEphemeral === true || this.#isFromApp(message);
    const name = message.from === 'slack' ? 'Slack' : isApp ? 'Ferry' : this.#options.nameOf(message.user);
    const head = classed('who', 'p');
    if (message.isEphemeral === true) head.append(classed('only-you', 'span', 'Only visible to you'));
    head.append(element('b', isApp ? name : capital(name)));
    if (isApp && message.from !== 'slack') head.append(classed('app', 'span', 'APP'), ' ');
    const time = clock(new Date(Number(message.ts) * 1000));
    head.append(classed('quiet', 'span', time), classed('edited quiet', 'span'));
    const body = classed('body', 'div');
    const node = classed(message.isEphemeral === true ? 'message ephemeral' : 'message', 'li');
    const files = (message.files ?? []).map(({ id, title }) =>
      element('p', link(new URL(`/files/${id}`, location.href).href, title)),
    );
    node.append(avatar(name), head, body, classed('foot', 'div', ...files));
    node.dataset.ts = message.ts;
    return node;
  }

  #fill(node, message) {
    const { nameOf } = this.#options;
    node.querySelector('.edited').textContent = message.isEdited ? ' (edited)' : '';
    if (!this.#folded.has(message.ts)) this.#folded.set(message.ts, new Set());
    const unfolded = this.#folded.get(message.ts);
    // A button of a block that did not change is the one of today's message.
    const press = (button, blockId) => this.#options.press(this.#messages.get(message.ts), button, blockId);
    const body = node.querySelector('.body');
    if (message.blocks.length > 0) updateBlocks(body, message.blocks, { nameOf, press, unfolded });
    else body.replaceChildren(element('p', mrkdwn(message.text, nameOf)));
    this.#countReplies(node.querySelector('.foot'), message);
  }

  /** The button that opens the thread stays the same one while its number grows. */
  #countReplies(foot, message) {
    if (message.threadTs !== undefined || message.isEphemeral === true) return;
    const replies = [...this.#messages.values()].filter(
      (one) => one.threadTs === message.ts && !one.isDeleted && one.isEphemeral !== true,
    );
    let open = foot.querySelector('.replies');
    if (replies.length === 0) {
      open?.remove();
      return;
    }
    if (open === null) {
      open = classed('replies', 'button');
      open.type = 'button';
      open.addEventListener('click', () => {
        this.openThread(message.ts);
        this.#options.threadOpened();
      });
      foot.append(open);
    }
    open.textContent = `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`;
  }

  #titleThread() {
    const card = this.#messages.get(this.#openThread);
    const title = card?.blocks.find((block) => block.type === 'header')?.text.text ?? '';
    byId('thread-title').textContent = title;
    byId('thread-none').hidden = byId('thread').childElementCount > 0;
    byId('channel-none').hidden = byId('channel').childElementCount > 0;
  }
}

function byTs(a, b) {
  return a.ts < b.ts ? -1 : 1;
}

function insertInOrder(list, node, ts) {
  const later = [...list.children].find((other) => other.dataset.ts > ts);
  list.insertBefore(node, later ?? null);
}
