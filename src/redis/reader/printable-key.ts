// A key as people may see it in a thread or a log: one line, printable, not long.

const MAX_CHARACTERS = 80;

/** Keys that are no UTF-8, and characters that do not print, are shown as `\x00`. */
export function printableKey(key: Buffer): string {
  // Enough bytes for the limit; a character takes four at most.
  const head = key.subarray(0, MAX_CHARACTERS * 4 + 4);
  const characters = isUtf8(key)
    ? [...head.toString('utf8')].map(escapeCharacter)
    : [...head].map(escapeByte);
  let text = '';
  for (const [index, character] of characters.entries()) {
    const last = index === characters.length - 1 && head.length === key.length;
    if (text.length + character.length > MAX_CHARACTERS - (last ? 0 : 1)) return `${text}…`;
    text += character;
  }
  return text;
}

function isUtf8(key: Buffer): boolean {
  return Buffer.compare(Buffer.from(key.toString('utf8'), 'utf8'), key) === 0;
}

function escapeCharacter(character: string): string {
  if (character === '\\') return '\\\\';
  // Other, and separators but for the plain space: what moves the cursor, reverses text or cannot be seen.
  if (character === ' ' || !/[\p{C}\p{Z}]/u.test(character)) return character;
  return [...Buffer.from(character, 'utf8')].map(hexByte).join('');
}

function escapeByte(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? escapeCharacter(String.fromCharCode(byte)) : hexByte(byte);
}

function hexByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
