// What a server answers in RESP2, binary safe: text is a Buffer, a refused command is a value.

export type Reply = Buffer | number | null | ErrorReply | readonly Reply[];

/** Before 2.8 the wrong type has no code of its own. */
const WRONG_TYPE = /^(?:WRONGTYPE\b|ERR Operation against a key holding the wrong kind of value)/;
const ABOUT_KEY = new RegExp(`${WRONG_TYPE.source}|^NOPERM\\b|^ERR no such key`, 'i');

/** The text may quote arguments of the command: never show it whole (I9). */
export class ErrorReply {
  readonly text: string;
  /** Not the server's word: the reply was larger than the limit and was dropped while it came in. */
  readonly oversize: boolean;

  constructor(text: string, oversize = false) {
    this.text = text;
    this.oversize = oversize;
  }

  /** `NOPERM`, `WRONGTYPE`, `ERR`: the first word, which never holds an argument. */
  get code(): string {
    return /^[A-Z]+/.exec(this.text)?.[0] ?? 'ERR';
  }

  get isWrongType(): boolean {
    return WRONG_TYPE.test(this.text);
  }

  /** About the key that it was asked of, not about the command: another type, none, or not for this user. */
  get isAboutKey(): boolean {
    return ABOUT_KEY.test(this.text);
  }
}

/** The elements of a list; none when the reply is anything else. */
export function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}

/** A status, bulk string or number as text; empty when the reply is anything else. */
export function textOf(reply: Reply | undefined): string {
  if (typeof reply === 'number') return String(reply);
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : '';
}

/** A number, also one sent as text; NaN when the reply is anything else. */
export function numberOf(reply: Reply | undefined): number {
  if (typeof reply === 'number') return reply;
  return Buffer.isBuffer(reply) && reply.length > 0 ? Number(reply.toString('latin1')) : Number.NaN;
}
