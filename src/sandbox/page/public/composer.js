// The command box: what was typed before comes back by the arrow keys, the draft included.

const byId = (id) => document.getElementById(id);
const READ_WITHIN_MS = 9_000;
const typed = [];
let at = 0;
let draft = '';

/** @param {(line: string) => Promise<boolean>} send */
export function watchComposer(send) {
  const line = byId('line');
  byId('composer').addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = line.value.trim();
    if (text === '') return;
    if (typed.at(-1) !== text) typed.push(text);
    at = typed.length;
    line.value = '';
    // What could not be sent is not lost either.
    if (!(await send(text)) && line.value === '') line.value = text;
  });
  line.addEventListener('keydown', (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined || typed.length === 0) return;
    event.preventDefault();
    if (at === typed.length) draft = line.value;
    at = Math.min(typed.length, Math.max(0, at + step));
    line.value = at === typed.length ? draft : typed[at];
    line.setSelectionRange(line.value.length, line.value.length);
  });
}

export function putLine(text) {
  byId('line').value = text;
  byId('line').focus();
}

let hiding;

/** What could not be done, for as long as it takes to read it. */
export function showProblem(text) {
  clearTimeout(hiding);
  byId('problem').textContent = text;
  byId('problem').hidden = text === '';
  hiding = setTimeout(() => showProblem(''), READ_WITHIN_MS);
}
