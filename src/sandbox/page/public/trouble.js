// The panel *Make trouble*: each button says what it does and what to expect, and how long it still goes on.

import { classed, element } from './text.js';

const nodes = new Map();
let shown = [];

/** @param {(name: string) => void} make */
export function showTroubles(troubles, make) {
  shown = troubles;
  const list = document.getElementById('troubles');
  for (const trouble of troubles) {
    if (!nodes.has(trouble.name)) nodes.set(trouble.name, buttonOf(trouble, make));
    const { item } = nodes.get(trouble.name);
    if (item.parentNode !== list) list.append(item);
  }
  tick();
}

function buttonOf({ name, title, does, expect }, make) {
  const left = classed('left', 'span');
  const progress = element('progress');
  const failure = classed('problem', 'span');
  const button = classed(
    'trouble',
    'button',
    element('b', title, left),
    element('span', does),
    element('span', expect),
    failure,
    progress,
  );
  button.type = 'button';
  button.dataset.trouble = name;
  button.addEventListener('click', () => make(name));
  return { item: element('li', button), button, left, progress, failure };
}

/** The time that is left runs here; what runs is told by the sandbox. */
function tick() {
  for (const { name, runningSince, lastsMs, failure } of shown) {
    const node = nodes.get(name);
    const isRunning = runningSince !== null;
    const gone = isRunning ? Date.now() - runningSince : 0;
    node.button.disabled = isRunning;
    node.progress.hidden = !isRunning;
    node.progress.max = lastsMs;
    node.progress.value = Math.min(gone, lastsMs);
    node.failure.hidden = failure === null;
    node.failure.textContent = failure ?? '';
    const seconds = Math.ceil((lastsMs - gone) / 1_000);
    node.left.textContent = !isRunning ? '' : seconds > 0 ? `${seconds} s left` : 'a moment more';
  }
}

setInterval(tick, 500);
