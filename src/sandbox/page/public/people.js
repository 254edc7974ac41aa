// Who one is on this page. Every window may be somebody else.

import { classed, element } from './text.js';

const ROLES = { ana: 'asks', ben: 'may approve', eva: 'may approve', kim: 'looks on' };
const KEPT_AS = 'ferry-person';

/** The one of last time in this window, or the first. */
export function firstPerson(people) {
  const kept = sessionStorage.getItem(KEPT_AS);
  return people.some(({ id }) => id === kept) ? kept : people[0].id;
}

/** @param {(id: string) => void} become */
export function showPeople(people, me, become) {
  const choices = people.map(({ id, name }) => {
    const radio = element('input');
    radio.type = 'radio';
    radio.name = 'person';
    radio.value = name;
    radio.checked = id === me;
    radio.addEventListener('change', () => {
      sessionStorage.setItem(KEPT_AS, id);
      become(id);
    });
    const words = element('span', capital(name), element('small', ROLES[name] ?? ''));
    return element('label', radio, avatar(name), words);
  });
  document.getElementById('people').replaceChildren(element('legend', 'You are'), ...choices);
}

export function avatar(name) {
  const known = name.toLowerCase();
  const node = classed(`avatar tone-${known in ROLES ? known : 'ferry'}`, 'span', capital(name).charAt(0));
  node.setAttribute('aria-hidden', 'true');
  return node;
}

export function capital(name) {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
