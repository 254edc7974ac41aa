// The RESP2 parser, whatever the chunks are, and the encoding of commands.

import { describe, expect, it } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import { type Command, encodeCommands, nameOf } from '../../src/redis/wire/command.ts';
import { ReplyParser } from '../../src/redis/wire/parser.ts';
import { ErrorReply, type Reply } from '../../src/redis/wire/reply.ts';

const LIMIT = 1_000;

function parse(stream: string | Buffer, chunkBytes: number, limit = LIMIT): Reply[] {
  const replies: Reply[] = [];
  const parser = new ReplyParser(limit, (reply) => replies.push(reply) > 0);
  const bytes = Buffer.from(stream);
  for (let at = 0; at < bytes.length; at += chunkBytes) parser.feed(bytes.subarray(at, at + chunkBytes));
  return replies;
}

const text = (value: string): Buffer => Buffer.from(value);

describe('the RESP2 parser', () => {
  const stream = [
    '+OK\r\n',
    ':42\r\n:-1\r\n:0\r\n',
    '$5\r\nhe\r\no\r\n',
    '$0\r\n\r\n',
    '$-1\r\n*-1\r\n*0\r\n',
    '-WRONGTYPE not that\r\n',
    '*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n*1\r\n:7\r\n',
    '+last\r\n',
  ].join('');
  const expected: Reply[] = [
    text('OK'),
    42,
    -1,
    0,
    text('he\r\no'),
    text(''),
    null,
    null,
    [],
    new ErrorReply('WRONGTYPE not that'),
    [text('0'), [text('a'), [7]]],
    text('last'),
  ];

  it.each([1, 2, 3, 5, 7, 1_000])('reads the same replies from chunks of %i bytes', (chunkBytes) => {
    expect(parse(stream, chunkBytes)).toEqual(expected);
  });

  it('keeps every byte of a bulk string', () => {
    const content = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const whole = Buffer.concat([text('$256\r\n'), content, text('\r\n')]);
    for (const chunkBytes of [1, 100, 263, 264, 1_000]) expect(parse(whole, chunkBytes)).toEqual([content]);
  });

  it.each([1, 64, 5_000])('drops a reply over the limit and goes on (chunks of %i bytes)', (chunkBytes) => {
    const bulk = `$2000\r\n${'x'.repeat(2_000)}\r\n`;
    const list = `*3\r\n:1\r\n${bulk}*2\r\n:2\r\n$1\r\na\r\n`;
    const many = `*100\r\n${':1\r\n'.repeat(100)}`;
    const [one, two, three, after] = parse(`${bulk}${list}${many}$2\r\nok\r\n`, chunkBytes);
    for (const reply of [one, two, three]) expect(reply).toMatchObject({ oversize: true });
    expect(after).toEqual(text('ok'));
  });

  it.each(['?what\r\n', '$x\r\n', ':\r\n', `${'*1\r\n'.repeat(17)}`])('refuses %j', (garbage) => {
    expect(() => parse(garbage, 1_000)).toThrow(FerryError);
  });

  it('refuses a line without an end', () => {
    expect(() => parse(`+${'x'.repeat(70_000)}`, 100_000)).toThrow(/not the Redis protocol/);
  });
});

describe('encoding commands', () => {
  it('counts bytes, not characters, and passes binary arguments on', () => {
    const commands: Command[] = [
      ['SET', 'é', Buffer.from([0, 255, 13, 10])],
      ['INCRBY', 'n', 12],
    ];
    const expected = Buffer.concat([
      text('*3\r\n$3\r\nSET\r\n$2\r\né\r\n$4\r\n'),
      Buffer.from([0, 255, 13, 10]),
      text('\r\n*3\r\n$6\r\nINCRBY\r\n$1\r\nn\r\n$2\r\n12\r\n'),
    ]);
    expect(encodeCommands(commands)).toEqual(expected);
  });

  it('I9 names a command without its arguments', () => {
    expect(nameOf(['AUTH', 'ferry', 'hunter2'])).toBe('AUTH');
    expect(nameOf(['XINFO', 'GROUPS', 'key'])).toBe('XINFO GROUPS');
  });
});
