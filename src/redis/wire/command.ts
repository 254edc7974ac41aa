// Encodes commands as RESP2 requests, many in one Buffer so that they leave in one write.

export type Argument = string | number | Buffer;
export type Command = readonly [name: string, ...args: readonly Argument[]];

/** Text is sent as UTF-8; binary keys go as Buffers. */
export function encodeCommands(commands: readonly Command[]): Buffer {
  const parts: (string | Buffer)[] = [];
  let bytes = 0;
  const put = (part: string | Buffer): void => {
    parts.push(part);
    bytes += part.length;
  };
  for (const command of commands) {
    put(`*${command.length}\r\n`);
    for (const argument of command) {
      const content = typeof argument === 'object' ? argument : ascii(String(argument));
      put(`$${content.length}\r\n`);
      put(content);
      put('\r\n');
    }
  }
  const request = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const part of parts) {
    at += typeof part === 'string' ? request.write(part, at, 'latin1') : part.copy(request, at);
  }
  return request;
}

/** Text stays text while a character is a byte: that is all but a few arguments, and saves a Buffer for each. */
function ascii(text: string): string | Buffer {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return Buffer.from(text, 'utf8');
  return text;
}

/** `XINFO GROUPS`, `GET`: what a sentence may say of a command. Never its other arguments (I9). */
export function nameOf([name, first]: Command): string {
  return /^(CLIENT|XINFO|INFO)$/.test(name) && typeof first === 'string' ? `${name} ${first}` : name;
}
