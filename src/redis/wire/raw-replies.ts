// Gathers the bytes of so many replies as they came, without making anything of them: equal bytes need no
// parsing. Holds not more than its limit; what is larger is read to its end and dropped.

import { protocolError } from './parser.ts';

const LF = 0x0a;
const CR = 0x0d;
const MINUS = 0x2d;
const ZERO = 0x30;
const ARRAY = 0x2a;
const BULK = 0x24;
/** `+`, `-`, `:`, `$`, `*`. */
const KINDS: ReadonlySet<number> = new Set([0x2b, MINUS, 0x3a, BULK, ARRAY]);

export class RawReplies {
  readonly #maxBytes: number;
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  /** Elements still to come, those of open lists included. */
  #missing: number;
  /** Of a bulk string and the line end after it. */
  #skip = 0;
  /** The line that is being read; 0: none has begun. */
  #kind = 0;
  #value = 0;
  #negative = false;

  constructor(replies: number, maxBytes: number) {
    this.#missing = replies;
    this.#maxBytes = maxBytes;
  }

  get complete(): boolean {
    return this.#missing === 0;
  }

  /** Gives what it left unread: the bytes after its last reply. Throws `protocol` when this is not RESP2. */
  feed(chunk: Buffer): Buffer {
    const at = this.#advance(chunk);
    this.#bytes += at;
    if (this.#bytes <= this.#maxBytes) this.#parts.push(chunk.subarray(0, at));
    else this.#parts.length = 0;
    return chunk.subarray(at);
  }

  /** All of it; null: it was larger than the limit. */
  take(): Buffer | null {
    if (this.#bytes > this.#maxBytes) return null;
    const [only] = this.#parts;
    return this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts, this.#bytes);
  }

  #advance(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && this.#missing > 0) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - at);
        at += skipped;
        this.#skip -= skipped;
        if (this.#skip === 0) this.#missing -= 1;
        continue;
      }
      this.#header(chunk[at] ?? 0);
      at += 1;
    }
    return at;
  }

  #header(byte: number): void {
    if (byte === LF) this.#endLine();
    else if (this.#kind === 0) {
      if (!KINDS.has(byte)) throw protocolError();
      this.#kind = byte;
    } else if (this.#kind === BULK || this.#kind === ARRAY) {
      if (byte === MINUS) this.#negative = true;
      else if (byte !== CR) this.#value = this.#value * 10 + byte - ZERO;
    }
  }

  #endLine(): void {
    if (this.#kind === BULK && !this.#negative) this.#skip = this.#value + 2;
    else this.#missing += this.#kind === ARRAY && !this.#negative ? this.#value - 1 : -1;
    this.#kind = 0;
    this.#value = 0;
    this.#negative = false;
  }
}

export interface ReplySpans {
  /** Where each reply ends. */
  readonly ends: Uint32Array;
  /** The bytes of its strings, without what the protocol puts around them. */
  readonly contentBytes: Uint32Array;
}

/** Where each of so many whole replies ends in `data`. */
export function spansOf(data: Buffer, replies: number): ReplySpans {
  const ends = new Uint32Array(replies);
  const contentBytes = new Uint32Array(replies);
  let at = 0;
  for (let i = 0; i < replies; i += 1) {
    let content = 0;
    for (let missing = 1; missing > 0; missing -= 1) {
      const kind = data[at];
      const value = kind === BULK || kind === ARRAY ? integerAt(data, at + 1) : -1;
      at = data.indexOf(LF, at) + 1;
      if (kind === ARRAY && value > 0) missing += value;
      if (kind !== BULK || value < 0) continue;
      content += value;
      at += value + 2;
    }
    ends[i] = at;
    contentBytes[i] = content;
  }
  return { ends, contentBytes };
}

/** The whole number that a line of a reply holds from here on. */
export function integerAt(data: Buffer, from: number): number {
  const negative = data[from] === MINUS;
  let value = 0;
  for (let at = negative ? from + 1 : from; data[at] !== CR && at < data.length; at += 1) {
    value = value * 10 + (data[at] ?? ZERO) - ZERO;
  }
  return negative ? -value : value;
}
