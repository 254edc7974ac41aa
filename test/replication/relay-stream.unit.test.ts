// What the relay makes of an old source's stream, and that it makes the same of it however the bytes are cut.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RelayStream } from '../../src/replication/relay-stream.ts';

interface Relayed {
  readonly text: string;
  readonly wrong: string | null;
  readonly stream: RelayStream;
}

function relay(chunks: readonly Buffer[]): Relayed {
  const stream = new RelayStream();
  const passed: Buffer[] = [];
  for (const chunk of chunks) {
    const wrong = stream.push(chunk, (piece) => passed.push(Buffer.from(piece)));
    if (wrong !== null) return { text: Buffer.concat(passed).toString('latin1'), wrong, stream };
  }
  return { text: Buffer.concat(passed).toString('latin1'), wrong: null, stream };
}

function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

const HANDSHAKE = '+PONG\r\n-ERR unknown command\r\n\n\n$5\r\n\r\n*1$';

function whole(text: string): Relayed {
  return relay([Buffer.from(text, 'latin1')]);
}

describe('what passes', () => {
  it('the handshake, newlines that keep the link alive, and the payload, whatever stands in it', () => {
    expect(whole(HANDSHAKE)).toMatchObject({ text: HANDSHAKE, wrong: null });
  });

  it('commands unchanged, inline ones re-encoded, replies left out', () => {
    const set = command('SET', 'k', 'select 1\r\nPING\r\n+OK\r\n');
    const seen = whole(`${HANDSHAKE}select 3\r\n${set}PING\r\n-ERR no REPLCONF\r\n+OK\r\n:1\r\n\r\n${set}`);
    expect(seen.text).toBe(`${HANDSHAKE}${command('select', '3')}${set}${command('PING')}${set}`);
    expect(seen.stream.counts).toEqual({ reencoded: 2, swallowed: 3 });
  });

  it('an empty snapshot and empty arguments', () => {
    const text = `$0\r\n${command('SET', '', '')}`;
    expect(whole(text)).toMatchObject({ text, wrong: null });
  });

  it('tells where it stands', () => {
    const stream = new RelayStream();
    const seen = ['+OK\r\n', '$2\r\n', 'x', 'y', '*1\r\n'].map((text) => {
      stream.push(Buffer.from(text), () => undefined);
      return stream.phase;
    });
    expect(seen).toEqual(['replies', 'payload', 'payload', 'commands', 'commands']);
  });
});

describe('what ends the link', () => {
  const long = 'a'.repeat(65 * 1024);
  it.each([
    ['a transfer without a length', '$EOF:0123456789\r\n', 'a snapshot without a length'],
    ['something else than a reply', 'hello\r\n', 'no reply in the handshake'],
    ['a line that does not end', `+${long}`, 'a line of more than 65536 bytes'],
    ['an inline command that does not end', `$0\r\n${long}`, 'a line of more than 65536 bytes'],
    ['binary between commands', '$0\r\n\u0001\u0002\r\n', 'bytes between two commands that are none'],
    ['quotes between commands', '$0\r\nset "a b" c\r\n', 'bytes between two commands that are none'],
    ['a second snapshot', '$0\r\n$5\r\nhello\r\n', 'bytes between two commands that are none'],
    ['a broken count', '$0\r\n*x\r\n', 'a command with a broken length'],
    ['a missing count', '$0\r\n*\r\n', 'a command with a broken length'],
    ['a negative count', '$0\r\n*-1\r\n', 'a command with a broken length'],
    ['no arguments', '$0\r\n*0\r\n', 'a command of nothing'],
    ['too many arguments', '$0\r\n*1048577\r\n', 'a command above the limit of 1048576'],
    ['a too long argument', '$0\r\n*1\r\n$536870913\r\n', 'a command above the limit of 536870912'],
    ['an argument of another kind', '$0\r\n*1\r\n:1\r\n', 'a command with a broken argument'],
    ['an argument longer than it says', '$0\r\n*1\r\n$1\r\nab\r\n', 'an argument longer than its length'],
  ])('%s', (_, text, wrong) => {
    const seen = whole(text);
    expect(seen.wrong).toBe(wrong);
    expect(text.startsWith(seen.text)).toBe(true);
  });
});

describe('wherever the bytes are cut', () => {
  const text = fc.string({ unit: 'binary-ascii', maxLength: 40 });
  const piece = fc.oneof(
    fc.array(text, { minLength: 1, maxLength: 5 }).map((words) => {
      const sent = command(...words);
      return { sent, gets: sent };
    }),
    fc.nat(15).map((n) => ({ sent: `select ${n}\r\n`, gets: command('select', String(n)) })),
    fc.constant({ sent: 'PING\r\n', gets: command('PING') }),
    fc
      .constantFrom('-ERR unknown\r\n', '+OK\r\n', ':12\r\n', '\r\n', '\n')
      .map((sent) => ({ sent, gets: '' })),
  );
  const stream = fc.record({
    handshake: fc.array(fc.constantFrom('+PONG\r\n', '+OK\r\n', '-ERR no\r\n', '\n'), { maxLength: 5 }),
    payload: text,
    pieces: fc.array(piece, { maxLength: 20 }),
  });

  function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
    const chunks: Buffer[] = [];
    let at = 0;
    for (let i = 0; at < bytes.length; i += 1) {
      const length = lengths[i % lengths.length] ?? 1;
      chunks.push(bytes.subarray(at, at + length));
      at += length;
    }
    return chunks;
  }
  const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 });

  it('the target gets the same', () => {
    fc.assert(
      fc.property(stream, lengths, ({ handshake, payload, pieces }, sizes) => {
        const head = `${handshake.join('')}$${payload.length}\r\n${payload}`;
        const sent = Buffer.from(head + pieces.map((each) => each.sent).join(''), 'latin1');
        const seen = relay(cut(sent, sizes));
        expect(seen.wrong).toBeNull();
        expect(seen.text).toBe(head + pieces.map((each) => each.gets).join(''));
      }),
    );
  });

  it('damage is found all the same, and never passed on', () => {
    fc.assert(
      fc.property(stream, lengths, ({ payload, pieces }, sizes) => {
        const head = `$${payload.length}\r\n${payload}${pieces.map((each) => each.sent).join('')}`;
        const whole = `$${payload.length}\r\n${payload}${pieces.map((each) => each.gets).join('')}`;
        const seen = relay(cut(Buffer.from(`${head}\u0000garbage\r\n`, 'latin1'), sizes));
        expect(seen.wrong).toBe('bytes between two commands that are none');
        expect(whole.startsWith(seen.text)).toBe(true);
      }),
    );
  });
});
