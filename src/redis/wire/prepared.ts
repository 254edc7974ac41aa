// Requests of thousands of like commands, put together as text and encoded in one go. Keys are latin1 text here,
// a character a byte: cheaper to carry than Buffers, and as exact.

/** The request of one command for a key: `keyed(['GETRANGE'], ['0', '99'])`. The words are ASCII. */
export function keyed(before: readonly string[], after: readonly string[] = []): (key: string) => string {
  const head = `*${before.length + 1 + after.length}\r\n${before.map(bulk).join('')}$`;
  const tail = `\r\n${after.map(bulk).join('')}`;
  return (key) => `${head}${key.length}\r\n${key}${tail}`;
}

/** The request of one command for many keys: `EXISTS k1 k2 …`. */
export function keyedTogether(name: string, keys: readonly string[]): string {
  return `*${keys.length + 1}\r\n${bulk(name)}${keys.map(bulk).join('')}`;
}

export function bulk(word: string): string {
  return `$${word.length}\r\n${word}\r\n`;
}

export function prepared(request: string): Buffer {
  return Buffer.from(request, 'latin1');
}
