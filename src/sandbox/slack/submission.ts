// What an app's answer to a submitted modal does to it: errors keep it open, `update` and `push` go on in
// another, everything else closes it.
import { isObject } from './json.ts';
import { openView, readView, replaceView } from './methods/views.ts';
import type { Parts } from './parts.ts';
import type { View } from './records.ts';

/** Throws on an answer that Slack would not take, as a person would then see a broken modal. */
export function applySubmission(view: View, answer: unknown, parts: Parts): void {
  const action = isObject(answer) ? answer['response_action'] : undefined;
  if (!isObject(answer) || action === undefined) {
    close(view, parts);
  } else if (action === 'errors') {
    view.errors = errorsOf(view, answer['errors']);
    parts.workspace.changed({ kind: 'view-updated', view });
  } else if (action === 'clear') {
    for (const other of parts.workspace.views.values()) {
      if (other.rootViewId === view.rootViewId && other.state === 'open') close(other, parts);
    }
  } else if (action === 'update' || action === 'push') {
    const body = readView(answer['view'], 'modal', parts);
    if ('error' in body) throw new Error(`Slack refuses the view: ${JSON.stringify(body)}`);
    if (action === 'update') replaceView(view, body.view, parts);
    else openView(view.user, body.view, view, parts);
  } else {
    throw new Error(`Slack knows no response_action ${String(action)}`);
  }
}

function close(view: View, parts: Parts): void {
  view.state = 'submitted';
  parts.workspace.changed({ kind: 'view-closed', view });
}

/** Errors must name input blocks of the view. */
function errorsOf(view: View, errors: unknown): { [blockId: string]: string } {
  const blocks = Array.isArray(view.body['blocks']) ? view.body['blocks'].filter(isObject) : [];
  const inputs = blocks.filter((block) => block['type'] === 'input').map((block) => block['block_id']);
  const named = isObject(errors) ? Object.entries(errors) : [];
  const strays = named.filter(([blockId]) => !inputs.includes(blockId));
  if (named.length === 0 || strays.length > 0) {
    throw new Error(`Slack refuses the errors of the modal: ${JSON.stringify(errors)}`);
  }
  return Object.fromEntries(named.map(([blockId, text]) => [blockId, String(text)]));
}
