// What a 2.4 or 2.6 source sends to its replica, made fit for one of 6.0 and newer: inline commands become
// multi-bulk, replies in the stream are left out, everything else passes unchanged and uncopied. Pure.

/** Longest line of a handshake or an inline command, bytes. */
const MAX_LINE_BYTES = 64 * 1024;
/** The servers' own limits of one command. */
const MAX_ARGUMENTS = 1024 * 1024;
const MAX_ARGUMENT_BYTES = 512 * 1024 * 1024;
const MAX_DIGITS = 10;

const LF = 10;
const CR = 13;
const STAR = 42;
const DOLLAR = 36;

/** `replies`: the handshake, until the payload is announced; `payload`: the snapshot; `commands`: the stream after it. */
export type RelayPhase = 'replies' | 'payload' | 'commands';

/** Where in the bytes the reading stands. `line`: an inline command or a reply, held back until it is whole. */
type State =
  | RelayPhase
  | 'line'
  | 'number'
  | 'number-end'
  | 'mark'
  | 'argument'
  | 'argument-cr'
  | 'argument-lf';

export interface RelayCounts {
  /** Inline commands that were re-encoded. */
  readonly reencoded: number;
  /** Reply lines that were left out of the stream. */
  readonly swallowed: number;
}

/** One connection's stream. Chunks may be cut anywhere. */
export class RelayStream {
  #state: State = 'replies';
  /** The beginning of a line whose end has not come yet. */
  #held: Buffer = Buffer.alloc(0);
  #bytesLeft = 0;
  #number = 0;
  #digits = 0;
  #readsCount = false;
  #argumentsLeft = 0;
  #reencoded = 0;
  #swallowed = 0;

  get phase(): RelayPhase {
    return this.#state === 'replies' || this.#state === 'payload' ? this.#state : 'commands';
  }

  get counts(): RelayCounts {
    return { reencoded: this.#reencoded, swallowed: this.#swallowed };
  }

  /**
   * Takes what the source sent and hands on what the target gets, in order. Not null: the bytes are no such
   * stream, with the reason; nothing of what is wrong was handed on, and the connection must end.
   */
  push(chunk: Buffer, pass: (piece: Buffer) => void): string | null {
    let at = 0;
    /** What stands before is passed or left out. */
    let done = 0;
    while (at < chunk.length) {
      switch (this.#state) {
        case 'payload':
        case 'argument': {
          const skipped = Math.min(this.#bytesLeft, chunk.length - at);
          this.#bytesLeft -= skipped;
          at += skipped;
          if (this.#bytesLeft === 0) this.#state = this.#state === 'payload' ? 'commands' : 'argument-cr';
          break;
        }
        case 'replies':
        case 'line': {
          if (at > done) pass(chunk.subarray(done, at));
          const end = chunk.indexOf(LF, at);
          const line = Buffer.concat([this.#held, chunk.subarray(at, end < 0 ? chunk.length : end + 1)]);
          if (line.length > MAX_LINE_BYTES) return `a line of more than ${MAX_LINE_BYTES} bytes`;
          at = end < 0 ? chunk.length : end + 1;
          done = at;
          this.#held = end < 0 ? line : Buffer.alloc(0);
          if (end < 0) break;
          const wrong = this.#state === 'replies' ? this.#takeReply(line, pass) : this.#takeLine(line, pass);
          if (wrong !== null) return wrong;
          break;
        }
        case 'commands':
          if (chunk[at] === STAR) {
            at += 1;
            this.#expectNumber(true);
          } else this.#state = 'line';
          break;
        default: {
          const wrong = this.#takeByte(chunk[at] ?? 0);
          if (wrong !== null) return wrong;
          at += 1;
        }
      }
    }
    if (at > done) pass(done === 0 ? chunk : chunk.subarray(done, at));
    return null;
  }

  /** A line before the payload: a reply, an empty line that keeps the link alive, or the payload's length. */
  #takeReply(line: Buffer, pass: (piece: Buffer) => void): string | null {
    const text = line.toString('latin1').trimEnd();
    if (text.startsWith('$')) {
      if (!/^\$\d{1,15}$/.test(text)) return 'a snapshot without a length';
      this.#bytesLeft = Number(text.slice(1));
      this.#state = this.#bytesLeft === 0 ? 'commands' : 'payload';
    } else if (text !== '' && !/^[+-]/.test(text)) return 'no reply in the handshake';
    pass(line);
    return null;
  }

  /** A line between two commands. What old servers send as such has no quotes: anything else is damage. */
  #takeLine(line: Buffer, pass: (piece: Buffer) => void): string | null {
    this.#state = 'commands';
    const text = line.toString('latin1').trimEnd();
    if (text === '') return null;
    if (/^[+:-]/.test(text)) {
      this.#swallowed += 1;
      return null;
    }
    if (!/^[a-z][\w ]*$/i.test(text)) return 'bytes between two commands that are none';
    this.#reencoded += 1;
    const words = text.split(/ +/);
    const encoded = words.map((word) => `$${word.length}\r\n${word}\r\n`).join('');
    pass(Buffer.from(`*${words.length}\r\n${encoded}`, 'latin1'));
    return null;
  }

  #expectNumber(readsCount: boolean): void {
    this.#state = 'number';
    this.#readsCount = readsCount;
    this.#number = 0;
    this.#digits = 0;
  }

  /** One byte of a multi-bulk command's frame. */
  #takeByte(byte: number): string | null {
    switch (this.#state) {
      case 'number':
        if (byte >= 48 && byte <= 57 && this.#digits < MAX_DIGITS) {
          this.#number = this.#number * 10 + byte - 48;
          this.#digits += 1;
          return null;
        }
        if (byte !== CR || this.#digits === 0) return 'a command with a broken length';
        this.#state = 'number-end';
        return null;
      case 'number-end':
        return byte === LF ? this.#takeNumber() : 'a command with a broken length';
      case 'mark':
        if (byte !== DOLLAR) return 'a command with a broken argument';
        this.#expectNumber(false);
        return null;
      case 'argument-cr':
        this.#state = 'argument-lf';
        return byte === CR ? null : 'an argument longer than its length';
      default:
        if (byte !== LF) return 'an argument longer than its length';
        this.#argumentsLeft -= 1;
        this.#state = this.#argumentsLeft === 0 ? 'commands' : 'mark';
        return null;
    }
  }

  #takeNumber(): string | null {
    const limit = this.#readsCount ? MAX_ARGUMENTS : MAX_ARGUMENT_BYTES;
    if (this.#number > limit) return `a command above the limit of ${limit}`;
    if (!this.#readsCount) {
      this.#bytesLeft = this.#number;
      this.#state = this.#number === 0 ? 'argument-cr' : 'argument';
      return null;
    }
    if (this.#number === 0) return 'a command of nothing';
    this.#argumentsLeft = this.#number;
    this.#state = 'mark';
    return null;
  }
}
