// Joins the page: the event stream in, what the person does out.

import { Conversation } from './channel.js';
import { showLoad, showServers } from './figures.js';
import { confirmed, showModal } from './modal.js';
import { element } from './text.js';

const COMMAND = '/redis migrate carts-old carts-new';
const names = new Map();
const views = new Map();
const history = [];
let bot = '';
let me = '';
let at = 0;

const byId = (id) => document.getElementById(id);
const nameOf = (id) => names.get(id) ?? id;
const conversation = new Conversation({ nameOf, press, me: () => me, bot: () => bot });

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
  for (const { id, name } of hello.people) names.set(id, name);
  for (const { id, name } of hello.channels) names.set(id, name);
  for (const { id, handle } of hello.groups) names.set(id, handle);
  names.set(hello.bot, 'Ferry');
  me ||= hello.people[0].id;
  showPeople(hello.people);
});
on('message', (message) => {
  conversation.put(message);
  showHints();
});
on('ephemeral', (ephemeral) => conversation.put({ ...ephemeral, isEphemeral: true }));
on('view', ({ user, view }) => {
  views.set(user, view);
  if (user === me) showMyModal();
});
on('servers', showServers);
on('load', showLoad);

// ---- who one is

const ROLES = { ana: 'asks', ben: 'may approve', eva: 'may approve', kim: 'looks on' };

function showPeople(people) {
  const choices = people.map(({ id, name }) => {
    const radio = element('input');
    radio.type = 'radio';
    radio.name = 'person';
    radio.checked = id === me;
    radio.addEventListener('change', () => {
      me = id;
      conversation.showAll();
      showMyModal();
    });
    const label = element(
      'label',
      radio,
      element('span', capital(name)),
      element('small', ROLES[name] ?? ''),
    );
    return label;
  });
  byId('people').replaceChildren(element('legend', 'You are'), ...choices);
}

function capital(name) {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

// ---- what one does

async function act(body, path = '/act') {
  const problem = byId('problem');
  problem.hidden = true;
  try {
    const response = await fetch(path, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(await response.text());
    return true;
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    return false;
  }
}

async function press(message, button, blockId) {
  if (button.confirm !== undefined && !(await confirmed(button.confirm, nameOf))) return;
  const kind = message.isEphemeral === true ? 'click-ephemeral' : 'click';
  const version = message.isEphemeral === true ? {} : { version: message.version };
  await act({ kind, user: me, ts: message.ts, actionId: button.action_id, blockId, ...version });
}

function showMyModal() {
  const user = me;
  showModal(views.get(user) ?? null, {
    context: {
      nameOf,
      unfolded: new Set(),
      press: (button) => act({ kind: 'click-view', user, actionId: button.action_id }),
    },
    submit: (entries) => act({ kind: 'submit-view', user, entries }),
    close: () => act({ kind: 'close-view', user }),
  });
}

byId('composer').addEventListener('submit', async (event) => {
  event.preventDefault();
  const line = byId('line').value.trim();
  if (line === '') return;
  history.push(line);
  at = history.length;
  byId('line').value = '';
  await act({ kind: 'command', user: me, line });
});
byId('line').addEventListener('keydown', (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step === undefined || history.length === 0) return;
  event.preventDefault();
  at = Math.min(history.length, Math.max(0, at + step));
  byId('line').value = history[at] ?? '';
});
byId('put-command').addEventListener('click', () => {
  byId('line').value = COMMAND;
  byId('line').focus();
});
byId('account').addEventListener('click', () => act({}, '/account'));
byId('kill-worker').addEventListener('click', () => act({ kind: 'kill-worker' }));
byId('empty-new').addEventListener('click', () => act({ kind: 'empty-new' }));

// ---- hints for a first visit: ticked off when done

function showHints() {
  const asked = conversation.hasCard;
  const approved = conversation.offers('ferry.complete');
  const started = approved || conversation.offers('ferry.approve');
  const steps = { 'hint-command': asked, 'hint-start': started, 'hint-approve': approved };
  for (const [id, isDone] of Object.entries(steps)) {
    if (isDone) byId(id).classList.add('done');
  }
}
