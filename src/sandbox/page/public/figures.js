// The column beside the channel: both servers as they are, and what became of the numbered writes.

import { classed, element } from './text.js';

const number = (n) => n.toLocaleString('en');
const megabytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
const byId = (id) => document.getElementById(id);

export function showServers({ source, target, worker }) {
  byId('servers').replaceChildren(serverBox(source), serverBox(target));
  byId('empty-new').hidden = !target.setAside;
  byId('worker').textContent =
    worker === 'dead' ? 'The worker is dead; it is being started again.' : 'The worker runs.';
}

function serverBox(server) {
  const kind = !server.answers ? 'silent' : server.role === 'primary' ? 'primary' : 'follower';
  const role = classed(`role ${kind}`, 'span', server.answers ? server.role : 'does not answer');
  const head = element('h3', server.name, ' ', role);
  const software = classed('quiet', 'p', `${server.product} ${server.version} · ${server.address}`);
  const rows = [
    ['keys', number(server.keys)],
    ['memory', megabytes(server.memoryBytes)],
    ['commands/s', number(server.commandsPerSecond)],
  ];
  return classed('server', 'div', head, software, list(server.answers ? rows : []));
}

export function showLoad(load) {
  byId('acknowledged').textContent = number(load.acknowledged);
  const { accounted } = load;
  byId('lost').textContent = accounted === null ? '–' : number(accounted.lost);
  byId('lost-line').classList.toggle('bad', (accounted?.lost ?? 0) > 0);
  const holder = load.holder === 'old' ? 'carts-old' : 'carts-new';
  byId('accounted').textContent =
    accounted === null
      ? 'Nothing was read back yet.'
      : `${number(accounted.acknowledged)} acknowledged numbers read back from ${holder} at ${clock(accounted.at)}.`;
  const rows = [
    ['carts-old accepts', `${number(load.writesPerSecond.old)} writes/s`],
    ['carts-new accepts', `${number(load.writesPerSecond.new)} writes/s`],
    ['on the wrong side', number(load.wrongSide)],
    ['reply never came', number(load.uncertain)],
    ['longest wait of a client', `${load.longestGapMs.toFixed(1)} ms`],
  ];
  if (load.switchGapMs !== null) rows.push(['wait over a switch', `${load.switchGapMs.toFixed(1)} ms`]);
  if (load.refusedWhileStaying > 0) {
    const where = load.stayingOn === null ? '' : ', trying';
    rows.push(['refused on old address', `${number(load.refusedWhileStaying)}${where}`]);
  }
  byId('load').replaceChildren(...list(rows).children);
}

function list(rows) {
  return element('dl', ...rows.flatMap(([name, value]) => [element('dt', name), element('dd', value)]));
}

function clock(epochMs) {
  return new Date(epochMs).toLocaleTimeString('en', { hour12: false });
}
