// Where the keyboard is, kept over what is drawn anew: on the same button, link or fold, or nowhere. Never on another
// button than before, because whoever is about to press would press that one.

/** Draws the inside of a box anew; what had the focus has it afterwards, if it is still there. @param {Element} box @param {() => void} draw */
export function keepingFocus(box, draw) {
  const held = heldIn(box);
  draw();
  if (held === null || box.contains(document.activeElement)) return;
  const again = box.querySelectorAll(held.selector)[held.position];
  again?.focus({ preventScroll: true });
}

/** What has the focus in this box, as something that can be found again: what it is, and the how manieth of those. */
function heldIn(box) {
  const active = document.activeElement;
  if (active === box || !box.contains(active)) return null;
  const selector = selectorOf(active);
  return { selector, position: [...box.querySelectorAll(selector)].indexOf(active) };
}

function selectorOf(node) {
  const { action } = node.dataset;
  if (action !== undefined) return `[data-action="${CSS.escape(action)}"]`;
  const href = node.getAttribute('href');
  if (href !== null) return `a[href="${CSS.escape(href)}"]`;
  return node.localName;
}
