// Reads RESP2 from a socket's chunks as they come. Copies nothing that arrived whole, and holds one reply at
// most: one that grows past the limit is read to its end but not kept.

import { FerryError } from '../../migration/errors.ts';
import { ErrorReply, type Reply } from './reply.ts';

const CR = 13;
/** Headers, statuses and error texts; a line longer than this is not RESP. */
const MAX_LINE_BYTES = 64 * 1024;
/** What an element costs in memory beside its content. */
const ELEMENT_BYTES = 32;
const MAX_DEPTH = 16;
const NOTHING = Buffer.alloc(0);

interface OpenList {
  readonly items: Reply[];
  missing: number;
}

/** A bulk string of which the rest has not arrived; `content` is null when it is not kept. */
interface OpenBulk {
  readonly content: Buffer | null;
  readonly bytes: number;
  filled: number;
}

export class ReplyParser {
  readonly #maxReplyBytes: number;
  readonly #onReply: (reply: Reply) => boolean;
  readonly #open: OpenList[] = [];
  #bulk: OpenBulk | null = null;
  /** The beginning of a line whose end has not arrived. */
  #rest: Buffer | null = null;
  #replyBytes = 0;
  #stopped = false;

  /**
   * `onReply` gets Buffers that share memory with the chunk they came in: copy what you keep. When it says false,
   * what follows is not for this parser.
   */
  constructor(maxReplyBytes: number, onReply: (reply: Reply) => boolean) {
    this.#maxReplyBytes = maxReplyBytes;
    this.#onReply = onReply;
  }

  /** Gives what it left unread. Throws `protocol` when this is not RESP2; the connection is of no use then. */
  feed(chunk: Buffer): Buffer {
    const data = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = null;
    this.#stopped = false;
    let at = 0;
    while (at < data.length && !this.#stopped) {
      if (this.#bulk !== null) {
        at = this.#fill(this.#bulk, data, at);
        continue;
      }
      const end = data.indexOf(CR, at);
      if (end === -1 || end + 1 === data.length) {
        if (data.length - at > MAX_LINE_BYTES) throw protocolError();
        this.#rest = data.subarray(at);
        return NOTHING;
      }
      at = this.#line(data, at, end);
    }
    return data.subarray(at);
  }

  /** Takes the line from `at` to `end`; gives where the next element begins. */
  #line(data: Buffer, at: number, end: number): number {
    const next = end + 2;
    switch (data[at]) {
      case 0x2b: // +
        this.#add(data.subarray(at + 1, end), end - at);
        return next;
      case 0x2d: // -
        this.#add(new ErrorReply(data.toString('utf8', at + 1, end)), end - at);
        return next;
      case 0x3a: // :
        this.#add(integer(data, at + 1, end), 0);
        return next;
      case 0x24: // $
        return this.#beginBulk(data, integer(data, at + 1, end), next);
      case 0x2a: // *
        this.#beginList(integer(data, at + 1, end));
        return next;
      default:
        throw protocolError();
    }
  }

  #beginBulk(data: Buffer, bytes: number, from: number): number {
    if (bytes < 0) {
      this.#add(null, 0);
      return from;
    }
    if (from + bytes + 2 <= data.length) {
      this.#add(data.subarray(from, from + bytes), bytes);
      return from + bytes + 2;
    }
    const keep = this.#replyBytes + bytes <= this.#maxReplyBytes;
    this.#bulk = { content: keep ? Buffer.allocUnsafe(bytes) : null, bytes, filled: 0 };
    return from;
  }

  #fill(bulk: OpenBulk, data: Buffer, at: number): number {
    // The two bytes after the content belong to it, and may come apart from it.
    const taken = Math.min(bulk.bytes + 2 - bulk.filled, data.length - at);
    if (bulk.content !== null && bulk.filled < bulk.bytes) {
      data.copy(bulk.content, bulk.filled, at, Math.min(at + taken, at + bulk.bytes - bulk.filled));
    }
    bulk.filled += taken;
    if (bulk.filled === bulk.bytes + 2) {
      this.#bulk = null;
      this.#add(bulk.content, bulk.bytes);
    }
    return at + taken;
  }

  #beginList(length: number): void {
    if (length < 0) this.#add(null, 0);
    else if (length === 0) this.#add([], 0);
    else if (this.#open.length === MAX_DEPTH) throw protocolError();
    else this.#open.push({ items: [], missing: length });
  }

  /** Puts an element where it belongs, and closes every list that it completes. */
  #add(element: Reply, bytes: number): void {
    this.#replyBytes += bytes + ELEMENT_BYTES;
    const dropped = this.#replyBytes > this.#maxReplyBytes;
    if (dropped) for (const list of this.#open) list.items.length = 0;
    let value = element;
    for (let list = this.#open.at(-1); list !== undefined; list = this.#open.at(-1)) {
      if (!dropped) list.items.push(value);
      list.missing -= 1;
      if (list.missing > 0) return;
      this.#open.pop();
      value = list.items;
    }
    this.#replyBytes = 0;
    const reply = dropped ? new ErrorReply(`a reply of more than ${this.#maxReplyBytes} bytes`, true) : value;
    this.#stopped = !this.#onReply(reply);
  }
}

function integer(data: Buffer, from: number, end: number): number {
  const negative = data[from] === 0x2d;
  let value = 0;
  const first = negative ? from + 1 : from;
  if (first === end) throw protocolError();
  for (let at = first; at < end; at += 1) {
    const digit = (data[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) throw protocolError();
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

export function protocolError(): FerryError {
  return new FerryError('protocol', 'What the server sent is not the Redis protocol (RESP2).', {
    hint: 'Check that the address is that of a Redis or Valkey server, and whether its port speaks TLS.',
  });
}
