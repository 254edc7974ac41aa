// Which part of the page is seen where there is no room for all: channel, thread, servers; channel or home tab.

import { element } from './text.js';

const PANES = { channel: 'Channel', thread: 'Thread', side: 'Servers and trouble' };
const byId = (id) => document.getElementById(id);

export function buildPanes() {
  const tabs = Object.entries(PANES).map(([pane, title]) => {
    const tab = element('button', title);
    tab.type = 'button';
    tab.className = 'tab';
    tab.dataset.pane = pane;
    tab.addEventListener('click', () => showPane(pane));
    return tab;
  });
  byId('panes').replaceChildren(...tabs);
  showPane('channel');
}

export function showPane(pane) {
  byId('main').dataset.pane = pane;
  for (const tab of byId('panes').children) {
    tab.setAttribute('aria-pressed', String(tab.dataset.pane === pane));
  }
}

/** @param {boolean} isHome */
export function showHomeTab(isHome) {
  document.querySelector('.channel').classList.toggle('at-home', isHome);
  byId('home').hidden = !isHome;
  byId('tab-home').setAttribute('aria-pressed', String(isHome));
  byId('tab-channel').setAttribute('aria-pressed', String(!isHome));
}
