// The Web API: who may call what, faults and rate limits first, then the method. Every call is recorded.
import { isObject, type JsonObject, parseJson, textOf } from './json.ts';
import { authTest, listGroupUsers, openConnection, validateBlocks } from './methods/account.ts';
import { deleteMessage, getPermalink, postEphemeral, postMessage, update } from './methods/chat.ts';
import { completeUploadExternal, getUploadUrlExternal } from './methods/files.ts';
import { open, publish, push, update as updateView } from './methods/views.ts';
import { type Answer, type Method, type Parts, type Refusal, refusal } from './parts.ts';

interface Entry {
  readonly run: Method;
  readonly token: 'bot' | 'app' | 'none';
  readonly scope?: string;
}

const METHODS: { readonly [name: string]: Entry } = {
  'auth.test': { run: authTest, token: 'bot' },
  'apps.connections.open': { run: openConnection, token: 'app' },
  'blocks.validate': { run: validateBlocks, token: 'none' },
  'chat.postMessage': { run: postMessage, token: 'bot', scope: 'chat:write' },
  'chat.update': { run: update, token: 'bot', scope: 'chat:write' },
  'chat.delete': { run: deleteMessage, token: 'bot', scope: 'chat:write' },
  'chat.postEphemeral': { run: postEphemeral, token: 'bot', scope: 'chat:write' },
  'chat.getPermalink': { run: getPermalink, token: 'bot' },
  'views.open': { run: open, token: 'bot' },
  'views.push': { run: push, token: 'bot' },
  'views.update': { run: updateView, token: 'bot' },
  'views.publish': { run: publish, token: 'bot' },
  'usergroups.users.list': { run: listGroupUsers, token: 'bot', scope: 'usergroups:read' },
  'files.getUploadURLExternal': { run: getUploadUrlExternal, token: 'bot', scope: 'files:write' },
  'files.completeUploadExternal': { run: completeUploadExternal, token: 'bot', scope: 'files:write' },
};

/** Methods that exist at Slack and that Ferry has no scope for. */
const OUT_OF_SCOPE: { readonly [name: string]: string } = {
  'conversations.history': 'channels:history',
  'conversations.info': 'channels:read',
  'conversations.join': 'channels:join',
  'conversations.list': 'channels:read',
  'conversations.members': 'channels:read',
  'conversations.replies': 'channels:history',
  'usergroups.list': 'usergroups:read',
  'users.info': 'users:read',
  'users.list': 'users:read',
};

/** Arguments that arrive as JSON inside a form field. */
const NESTED = ['attachments', 'blocks', 'files', 'message', 'metadata', 'view'];

export interface Call {
  readonly method: string;
  /** Without the token. */
  readonly args: JsonObject;
  readonly atMs: number;
  readonly outcome: 'ok' | 'refused' | 'limited' | 'broken' | 'reset';
  readonly error?: string;
}

/** What goes back over HTTP; `reset` cuts the connection instead. */
export type Reply =
  | { readonly status: number; readonly body: JsonObject; readonly retryAfterSeconds?: number }
  | 'reset';

export class WebApi {
  readonly calls: Call[] = [];
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async call(method: string, given: JsonObject, token: string | undefined): Promise<Reply> {
    const args = withoutToken(given);
    const { reply, outcome, error } = await this.#answer(method, args, token ?? textOf(given['token']));
    const atMs = this.#parts.clock.nowMs();
    this.calls.push({ method, args, atMs, outcome, ...(error === undefined ? {} : { error }) });
    return reply;
  }

  async #answer(
    method: string,
    args: JsonObject,
    token: string | undefined,
  ): Promise<{ reply: Reply; outcome: Call['outcome']; error?: string }> {
    const fault = this.#parts.faults.take(method);
    if (fault?.kind === 'hang') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    if (fault?.kind === 'reset' && fault.when === 'before') return { reply: 'reset', outcome: 'reset' };
    if (fault?.kind === 'status') return broken(fault.status);
    if (fault?.kind === 'limit') return limited(fault.retryAfterSeconds);
    if (fault?.kind === 'refuse') return answered(refusal(fault.error, fault.fields));
    const channel = textOf(args['channel']) ?? '';
    const retryAfterSeconds = this.#parts.limits.spend(method, channel);
    if (retryAfterSeconds !== undefined) return limited(retryAfterSeconds);
    const answer = this.#run(method, args, token);
    return fault?.kind === 'reset' ? { reply: 'reset', outcome: 'reset' } : answered(answer);
  }

  #run(method: string, args: JsonObject, token: string | undefined): Answer | Refusal {
    const entry = METHODS[method];
    const scope = entry?.scope ?? OUT_OF_SCOPE[method];
    if (!entry && scope === undefined) return refusal('unknown_method', { req_method: method });
    const unauthorized = this.#refuseToken(entry?.token ?? 'bot', token);
    if (unauthorized) return unauthorized;
    if (scope !== undefined && !this.#parts.scopes.has(scope)) {
      const provided = [...this.#parts.scopes].join(',');
      return refusal('missing_scope', { needed: scope, provided });
    }
    return entry ? entry.run(args, this.#parts) : refusal('unknown_method', { req_method: method });
  }

  #refuseToken(wanted: Entry['token'], token: string | undefined): Refusal | undefined {
    if (wanted === 'none') return undefined;
    if (!token) return refusal('not_authed');
    const { botToken, appToken } = this.#parts.credentials;
    if (token === (wanted === 'app' ? appToken : botToken)) return undefined;
    return refusal(token === botToken || token === appToken ? 'not_allowed_token_type' : 'invalid_auth');
  }
}

/** The arguments of a call, from a form or from JSON; undefined when they are neither. */
export function readArguments(body: string, contentType: string): JsonObject | undefined {
  if (contentType.startsWith('application/json')) {
    const parsed = parseJson(body);
    return isObject(parsed) ? unnest(parsed) : undefined;
  }
  return unnest(Object.fromEntries(new URLSearchParams(body)));
}

function unnest(args: JsonObject): JsonObject {
  const nested = NESTED.filter((name) => typeof args[name] === 'string');
  // What does not parse stays the string that it is, for the method to refuse.
  return {
    ...args,
    ...Object.fromEntries(nested.map((name) => [name, parseJson(String(args[name])) ?? args[name]])),
  };
}

function withoutToken(args: JsonObject): JsonObject {
  const { token: _token, ...rest } = args;
  return rest;
}

function answered(answer: Answer | Refusal): { reply: Reply; outcome: Call['outcome']; error?: string } {
  const reply = { status: 200, body: answer };
  return answer.ok ? { reply, outcome: 'ok' } : { reply, outcome: 'refused', error: String(answer['error']) };
}

function limited(retryAfterSeconds: number): { reply: Reply; outcome: Call['outcome']; error: string } {
  const body = { ok: false, error: 'ratelimited' };
  return { reply: { status: 429, body, retryAfterSeconds }, outcome: 'limited', error: 'ratelimited' };
}

function broken(status: number): { reply: Reply; outcome: Call['outcome']; error: string } {
  const body = { ok: false, error: 'internal_error' };
  return { reply: { status, body }, outcome: 'broken', error: 'internal_error' };
}
