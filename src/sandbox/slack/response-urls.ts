// response_url: five answers within thirty minutes to a command or a click, also where the app is no member.
import { randomBytes } from 'node:crypto';
import { isObject, type JsonObject, parseJson, textOf } from './json.ts';
import { isRefusal, readContent } from './methods/content.ts';
import type { Parts } from './parts.ts';
import type { Ephemeral, Message } from './records.ts';

const MAX_USES = 5;
const LIFE_MS = 30 * 60_000;
const MAX_CHARS = 40_000;

export interface ResponsePlace {
  readonly channel: string;
  readonly user: string;
  /** The command's line: the first public answer makes it public too. */
  readonly typed?: { readonly line: string; isPublic: boolean };
  /** What was clicked, for replace_original and delete_original. */
  readonly original?: { readonly message: Message } | { readonly ephemeral: Ephemeral };
}

interface Issued extends ResponsePlace {
  readonly atMs: number;
  uses: number;
}

export interface ResponseReply {
  readonly status: number;
  readonly body: string;
}

export class ResponseUrls {
  readonly #parts: Parts;
  readonly #issued = new Map<string, Issued>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  issue(place: ResponsePlace): string {
    const path = `/responses/${this.#parts.workspace.teamId}/${randomBytes(12).toString('hex')}`;
    this.#issued.set(path, { ...place, atMs: this.#parts.clock.nowMs(), uses: 0 });
    return `${this.#parts.baseUrl}${path}`;
  }

  answer(path: string, body: string): ResponseReply {
    const issued = this.#issued.get(path);
    if (!issued) return refused(404, 'no_such_url');
    if (this.#parts.clock.nowMs() - issued.atMs > LIFE_MS) return refused(404, 'expired_url');
    if (issued.uses >= MAX_USES) return refused(404, 'used_url');
    const args = parseJson(body);
    if (!isObject(args)) return refused(400, 'invalid_payload');
    const error = this.#show(args, issued);
    if (error !== undefined) return refused(400, error);
    issued.uses += 1;
    return { status: 200, body: 'ok' };
  }

  /** Shows the content of an acknowledgement as if it had come by the response_url; returns Slack's error. */
  showAck(args: JsonObject, place: ResponsePlace): string | undefined {
    return this.#show(args, place);
  }

  #show(args: JsonObject, place: ResponsePlace): string | undefined {
    if (args['delete_original'] === true) {
      this.#deleteOriginal(place);
      return undefined;
    }
    const content = readContent(args, this.#parts, MAX_CHARS);
    if (isRefusal(content)) return content.error;
    const { workspace } = this.#parts;
    const original = place.original;
    const threadTs = textOf(args['thread_ts']);
    const draft = { channel: place.channel, ...content, threadTs };
    const isReplacing = args['replace_original'] === true && original !== undefined;
    if (isReplacing && 'message' in original) workspace.edit(original.message, content.text, content.blocks);
    else if (args['response_type'] === 'in_channel') {
      this.#publishTyped(place);
      workspace.post(draft);
    } else {
      if (isReplacing) this.#deleteOriginal(place);
      workspace.show({ ...draft, user: place.user });
    }
    return undefined;
  }

  #publishTyped({ typed, channel, user }: ResponsePlace): void {
    if (!typed || typed.isPublic) return;
    typed.isPublic = true;
    this.#parts.workspace.post({ channel, user, text: typed.line, blocks: [] });
  }

  #deleteOriginal({ original }: ResponsePlace): void {
    if (!original) return;
    if ('message' in original) this.#parts.workspace.delete(original.message);
    else this.#parts.workspace.removeEphemeral(original.ephemeral);
  }
}

function refused(status: number, error: string): ResponseReply {
  return { status, body: JSON.stringify({ ok: false, error }) };
}
