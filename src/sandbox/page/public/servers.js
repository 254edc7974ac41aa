// Both servers as they are now, the link between them, and what became of the numbered writes.

import { svgNode } from './chart.js';
import { classed, clock, element } from './text.js';

const number = (n) => n.toLocaleString('en');
const byId = (id) => document.getElementById(id);
/** A worst second above this is drawn as trouble. */
const HIGH_MS = 100;
/** The line of a quiet server stays flat: its scale never gets smaller than this. */
const SCALE_MS = 20;

let writes = { old: 0, new: 0 };

export function showServers({ source, target, worker, slack, link }) {
  byId('servers').replaceChildren(
    serverBox(source, writes.old),
    between(source, target, link),
    serverBox(target, writes.new),
  );
  byId('away').hidden = slack === 'here';
  byId('parts').replaceChildren(
    worker === 'dead' ? bad('The worker is dead.') : 'The worker runs. ',
    slack === 'away' ? bad(' Slack is away.') : 'Slack is here.',
  );
}

function bad(words) {
  return classed('bad', 'span', words);
}

function serverBox(server, writesPerSecond) {
  const kind = !server.answers ? 'silent' : server.role === 'primary' ? 'primary' : 'follower';
  const role = classed('role', 'span', server.answers ? server.role : 'does not answer');
  const head = classed('server-head', 'div', element('h3', server.name), role);
  const software = classed('software quiet', 'p', `${server.product} ${server.version} at ${server.address}`);
  const accepted = classed('writes', 'p', number(writesPerSecond), element('small', ' writes/s'));
  const holds = classed(
    'holds',
    'p',
    `${number(server.keys)} keys`,
    element('br'),
    `${(server.memoryBytes / 1024 / 1024).toFixed(1)} MB`,
  );
  const body = classed('server-body', 'div', accepted, holds);
  return classed(`server ${kind}`, 'div', head, software, body, pulse(server));
}

/** The worst PING of each second: the line, and the last figure. */
function pulse({ pings, name }) {
  const known = pings.filter((ms) => ms !== null);
  const last = pings.at(-1) ?? null;
  const worst = Math.max(0, ...known);
  const top = Math.max(SCALE_MS, worst);
  const width = 89;
  const svg = svgNode('svg', { viewBox: `0 0 ${width} 30`, preserveAspectRatio: 'none', role: 'img' });
  svg.setAttribute('aria-label', `Worst ping of each second on ${name}, up to ${ms(worst)}`);
  const from = width + 1 - pings.length;
  const points = pings.flatMap((value, i) =>
    value === null ? [] : [`${from + i},${29 - (value / top) * 27}`],
  );
  svg.append(svgNode('polyline', { points: points.join(' '), class: 'series' }));
  const figures = classed(
    'worst',
    'span',
    classed('now', 'b', last === null ? 'no answer' : ms(last)),
    element('br'),
    `worst ${ms(worst)}`,
  );
  return classed(last === null || last > HIGH_MS ? 'pulse high' : 'pulse', 'div', svg, figures);
}

function ms(value) {
  return value >= 10 ? `${Math.round(value)} ms` : `${value.toFixed(1)} ms`;
}

function between(source, target, link) {
  if (link === 'cut') return classed('between cut', 'p', '✕ link cut ✕');
  const follows = (server) => ['follows', 'syncing'].includes(server.role);
  if (follows(target)) return classed('between flowing', 'p', `▼ ${target.role} ▼`);
  if (follows(source)) return classed('between flowing', 'p', `▲ ${source.role} ▲`);
  return classed('between', 'p', 'independent');
}

export function showLoad(load) {
  writes = load.writesPerSecond;
  byId('acknowledged').textContent = number(load.acknowledged);
  const { accounted } = load;
  byId('lost').textContent = accounted === null ? '–' : number(accounted.lost);
  byId('lost-box').classList.toggle('bad', (accounted?.lost ?? 0) > 0);
  const holder = load.holder === 'old' ? 'carts-old' : 'carts-new';
  byId('accounted').textContent =
    accounted === null
      ? 'Nothing was read back yet.'
      : `${number(accounted.acknowledged)} of them read back from ${holder} at ${clock(new Date(accounted.at))}.`;
  const rows = [
    ['accepted on the wrong side', number(load.wrongSide)],
    ['reply never came', number(load.uncertain)],
    ['longest wait of a client', ms(load.longestGapMs)],
  ];
  if (load.switchGapMs !== null) rows.push(['wait over the switch', ms(load.switchGapMs)]);
  if (load.refusedWhileStaying > 0) {
    const where = load.stayingOn === null ? '' : ', still trying';
    rows.push(['refused on the old address', `${number(load.refusedWhileStaying)}${where}`]);
  }
  byId('load').replaceChildren(
    ...rows.flatMap(([name, value]) => [element('dt', name), element('dd', value)]),
  );
}
