// Joins the page: the event stream in, what the person does out.

import { updateBlocks } from './blocks.js';
import { Conversation } from './channel.js';
import { putLine, showProblem, watchComposer } from './composer.js';
import { tickOff } from './hints.js';
import { confirmed, showModal } from './modal.js';
import { buildPanes, showHomeTab, showPane } from './panes.js';
import { capital, firstPerson, showPeople } from './people.js';
import { showLoad, showServers } from './servers.js';
import { showTroubles } from './trouble.js';

const COMMAND = '/redis migrate carts-old carts-new';
const names = new Map();
const views = new Map();
const homes = new Map();
let bot = '';
let me = '';

const byId = (id) => document.getElementById(id);
const nameOf = (id) => names.get(id) ?? id;
const conversation = new Conversation({
  nameOf,
  press,
  threadOpened: showThread,
  me: () => me,
  bot: () => bot,
});

// ---- what arrives

const events = new EventSource('/events');
const on = (name, handle) => events.addEventListener(name, (event) => handle(JSON.parse(event.data)));

events.addEventListener('open', () => {
  byId('offline').hidden = true;
});
events.addEventListener('error', () => {
  byId('offline').hidden = false;
});
on('hello', (hello) => {
  conversation.clear();
  bot = hello.bot;
  for (const { id, name } of [...hello.people, ...hello.channels]) names.set(id, name);
  for (const { id, handle } of hello.groups) names.set(id, handle);
  names.set(hello.bot, 'Ferry');
  me = firstPerson(hello.people);
  showPeople(hello.people, me, become);
  byId('line').placeholder = `Message #ops as ${capital(nameOf(me))}, or ${COMMAND}`;
});
on('message', (message) => {
  conversation.put(message);
  if (conversation.hasCard) tickOff('ask');
  if (conversation.offers('ferry.complete')) tickOff('decide');
});
on('ephemeral', (ephemeral) => conversation.put({ ...ephemeral, isEphemeral: true }));
on('view', ({ user, view }) => {
  views.set(user, view);
  if (user === me) showMyModal();
});
on('home', ({ user, blocks }) => {
  homes.set(user, blocks);
  if (user === me) showMyHome();
});
on('servers', showServers);
on('load', showLoad);
on('troubles', (troubles) => {
  showTroubles(troubles, (name) => act({ kind: 'trouble', name }));
  if (troubles.some(({ endedAt }) => endedAt !== null)) tickOff('trouble');
  // The last event of what has been so far.
  conversation.live();
});

// ---- what one does

function become(id) {
  me = id;
  byId('line').placeholder = `Message #ops as ${capital(nameOf(me))}, or ${COMMAND}`;
  showProblem('');
  conversation.showAll();
  showMyModal();
  showMyHome();
  if (!byId('home').hidden) void act({ kind: 'open-home', user: me });
}

/** For somebody who asked for it: the keyboard goes there as well. */
function showThread() {
  showPane('thread');
  byId('thread').focus();
}

/** What the sandbox answers; null when it refused, which has been shown then. */
async function act(body, path = '/act') {
  showProblem('');
  const { problem, answer } = await send(body, path);
  if (problem === null) return answer;
  showProblem(problem);
  return null;
}

async function send(body, path = '/act') {
  try {
    const response = await fetch(path, { method: 'POST', body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) return { problem: text, answer: null };
    return { problem: null, answer: text === '' ? [] : JSON.parse(text) };
  } catch {
    return { problem: 'The sandbox does not answer.', answer: null };
  }
}

async function press(message, button, blockId) {
  // What was seen when it was pressed, however long a confirmation takes.
  const { ts, version, isEphemeral } = message;
  if (button.confirm !== undefined && !(await confirmed(button.confirm, nameOf))) return;
  const place = isEphemeral === true ? { kind: 'click-ephemeral', ts } : { kind: 'click', ts, version };
  await act({ ...place, user: me, actionId: button.action_id, blockId });
}

function showMyModal() {
  const user = me;
  showModal(views.get(user) ?? null, {
    context: {
      nameOf,
      unfolded: new Set(),
      press: (button, blockId) => act({ kind: 'click-view', user, actionId: button.action_id, blockId }),
    },
    submit: async (entries) => (await send({ kind: 'submit-view', user, entries })).problem ?? '',
    close: () => act({ kind: 'close-view', user }),
    suggest: async (actionId, query) => (await send({ kind: 'suggest', user, actionId, query })).answer ?? [],
  });
}

const unfoldedAtHome = new Set();

function showMyHome() {
  const user = me;
  const press = async (button, blockId) => {
    if (button.confirm !== undefined && !(await confirmed(button.confirm, nameOf))) return;
    await act({ kind: 'click-home', user, actionId: button.action_id, blockId });
  };
  updateBlocks(byId('home'), homes.get(user) ?? [], { nameOf, press, unfolded: unfoldedAtHome });
}

buildPanes();
watchComposer(async (line) => (await act({ kind: 'command', user: me, line })) !== null);
byId('put-command').addEventListener('click', () => {
  showHomeTab(false);
  showPane('channel');
  putLine(COMMAND);
});
byId('tab-channel').addEventListener('click', () => showHomeTab(false));
byId('tab-home').addEventListener('click', () => {
  showHomeTab(true);
  void act({ kind: 'open-home', user: me });
});
byId('account').addEventListener('click', () => act({}, '/account'));
byId('start-over').addEventListener('click', async () => {
  byId('start-over').disabled = true;
  await act({ kind: 'start-over' });
  byId('start-over').disabled = false;
});
// A link to a message of this Slack leads to it here.
document.addEventListener('click', (event) => {
  const anchor = event.target instanceof Element ? event.target.closest('a') : null;
  if (anchor === null || !conversation.follow(anchor.href)) return;
  event.preventDefault();
  showHomeTab(false);
  showThread();
});
