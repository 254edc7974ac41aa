// views.*: opening needs a fresh trigger_id; an update may carry the hash of the view that it was made from.
import { checkView } from '../blocks/check-view.ts';
import { isObject, type JsonObject, objectsOf, textOf } from '../json.ts';
import { type Answer, type Method, type Parts, type Refusal, refusal } from '../parts.ts';
import type { View } from '../records.ts';
import { viewOnWire } from '../wire.ts';
import { invalidArguments, withIds } from './content.ts';

/** How many modals may lie on one another. */
const MAX_STACK = 3;

export const open: Method = (args, parts) => {
  const body = readView(args['view'], 'modal', parts);
  if ('error' in body) return body;
  const trigger = parts.triggers.exchange(textOf(args['trigger_id']) ?? '');
  if (typeof trigger === 'string') return refusal(trigger);
  return shown(openView(trigger.user, body.view, undefined, parts), parts);
};

export const push: Method = (args, parts) => {
  const body = readView(args['view'], 'modal', parts);
  if ('error' in body) return body;
  const trigger = parts.triggers.exchange(textOf(args['trigger_id']) ?? '');
  if (typeof trigger === 'string') return refusal(trigger);
  const under = parts.workspace.views.get(trigger.viewId ?? '');
  if (under?.state !== 'open') return refusal('not_found');
  const stack = [...parts.workspace.views.values()].filter(
    (view) => view.rootViewId === under.rootViewId && view.state === 'open',
  );
  if (stack.length >= MAX_STACK) return refusal('push_limit_reached');
  return shown(openView(trigger.user, body.view, under, parts), parts);
};

export const update: Method = (args, parts) => {
  const body = readView(args['view'], 'modal', parts);
  if ('error' in body) return body;
  const view = findView(args, parts);
  if (!view) return refusal('not_found');
  if (args['hash'] !== undefined && args['hash'] !== view.hash) return refusal('hash_conflict');
  replaceView(view, body.view, parts);
  return shown(view, parts);
};

export const publish: Method = (args, parts) => {
  const body = readView(args['view'], 'home', parts);
  if ('error' in body) return body;
  const user = textOf(args['user_id']) ?? '';
  const { workspace, clock } = parts;
  if (!workspace.users.has(user)) return refusal('user_not_found');
  const old = workspace.homes.get(user);
  if (args['hash'] !== undefined && args['hash'] !== old?.hash) return refusal('hash_conflict');
  const id = old?.id ?? clock.nextId('V');
  const view = newView({ id, user, rootViewId: id, previousViewId: undefined }, body.view, parts);
  workspace.homes.set(user, view);
  workspace.changed({ kind: 'home-published', view });
  return shown(view, parts);
};

export function readView(
  given: unknown,
  surface: 'modal' | 'home',
  parts: Parts,
): { readonly view: JsonObject } | Refusal {
  const problems = checkView(given, surface, parts);
  if (problems.length > 0 || !isObject(given)) return invalidArguments(problems);
  return { view: given };
}

export function openView(user: string, body: JsonObject, under: View | undefined, parts: Parts): View {
  const { workspace, clock } = parts;
  const id = clock.nextId('V');
  const place = { id, user, rootViewId: under?.rootViewId ?? id, previousViewId: under?.id };
  const view = newView(place, body, parts);
  workspace.views.set(id, view);
  workspace.changed({ kind: 'view-opened', view });
  return view;
}

export function replaceView(view: View, body: JsonObject, parts: Parts): void {
  view.body = { ...body, blocks: withIds(objectsOf(body['blocks']), parts.clock) };
  view.hash = newHash(parts);
  view.errors = {};
  parts.workspace.changed({ kind: 'view-updated', view });
}

function newView(
  place: Pick<View, 'id' | 'user' | 'rootViewId' | 'previousViewId'>,
  body: JsonObject,
  parts: Parts,
): View {
  const blocks = withIds(objectsOf(body['blocks']), parts.clock);
  return { ...place, hash: newHash(parts), body: { ...body, blocks }, state: 'open', errors: {} };
}

function newHash(parts: Parts): string {
  return `${Math.floor(parts.clock.nowMs() / 1000)}.${parts.clock.nextId('h')}`;
}

function findView(args: JsonObject, parts: Parts): View | undefined {
  const externalId = textOf(args['external_id']);
  const views = [...parts.workspace.views.values()];
  const found = externalId
    ? views.find((view) => view.body['external_id'] === externalId)
    : parts.workspace.views.get(textOf(args['view_id']) ?? '');
  return found?.state === 'open' ? found : undefined;
}

function shown(view: View, parts: Parts): Answer {
  return { ok: true, view: viewOnWire(view, parts.workspace) };
}
