// A set of whole numbers as Redis keeps bitmaps: one bit a number, in pieces of one key each.
// An hour of a thousand numbers a second is under half a megabyte, here and on the server.

/** Numbers in one piece, and so in one key. */
export const PIECE = 8_192;
const PIECE_BYTES = PIECE / 8;

export class NumberSet {
  readonly #pieces = new Map<number, Uint8Array>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get pieces(): number[] {
    return [...this.#pieces.keys()];
  }

  add(n: number): void {
    const piece = this.#piece(Math.floor(n / PIECE));
    const { byte, mask } = place(n);
    if (((piece[byte] ?? 0) & mask) !== 0) return;
    piece[byte] = (piece[byte] ?? 0) | mask;
    this.#size += 1;
  }

  has(n: number): boolean {
    const { byte, mask } = place(n);
    return ((this.#pieces.get(Math.floor(n / PIECE))?.[byte] ?? 0) & mask) !== 0;
  }

  /** A copy of one piece, as it is now. */
  copyOf(piece: number): Uint8Array {
    return Uint8Array.from(this.#pieces.get(piece) ?? []);
  }

  #piece(index: number): Uint8Array {
    const known = this.#pieces.get(index);
    if (known !== undefined) return known;
    const piece = new Uint8Array(PIECE_BYTES);
    this.#pieces.set(index, piece);
    return piece;
  }
}

/** The numbers of a piece that are in `wanted` and not in `stored`, ascending. */
export function missingFrom(piece: number, wanted: Uint8Array, stored: Uint8Array): number[] {
  const missing: number[] = [];
  for (const [byte, bits] of wanted.entries()) {
    const gone = bits & ~(stored[byte] ?? 0);
    for (let bit = 0; gone !== 0 && bit < 8; bit += 1) {
      if ((gone & (0x80 >> bit)) !== 0) missing.push(piece * PIECE + byte * 8 + bit);
    }
  }
  return missing;
}

/** SETBIT counts from the highest bit of the first byte. */
function place(n: number): { byte: number; mask: number } {
  const offset = n % PIECE;
  return { byte: offset >> 3, mask: 0x80 >> (offset & 7) };
}
