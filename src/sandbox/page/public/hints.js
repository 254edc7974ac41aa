// Three things to try for somebody who is here for the first time, ticked off once they were done.

const done = new Set();

/** @param {'ask' | 'decide' | 'trouble'} name */
export function tickOff(name) {
  if (done.has(name)) return;
  done.add(name);
  document.getElementById(`hint-${name}`).classList.add('done');
}
