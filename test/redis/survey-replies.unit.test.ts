// What the survey makes of replies that no healthy pair gives.

import { describe, expect, test } from 'vitest';
import { serverError } from '../../src/redis/server-error.ts';
import { readAttempt, readLog } from '../../src/redis/survey/reach.ts';

function refused(text: string): Error {
  return serverError('carts-new', 'MIGRATE', Object.assign(new Error(text), { name: 'ReplyError' }));
}

/** The replies of the transaction in which MIGRATE was answered like this. */
function executed(answer: unknown) {
  return readAttempt(['OK', 'QUEUED', 'QUEUED', 'QUEUED', ['OK', answer, 1]] as never);
}

describe('reach', () => {
  test.each([
    [
      'ERR Target instance replied with error: WRONGPASS invalid username-password pair or user is disabled.',
      'answered',
    ],
    ['ERR Target instance replied with error: ERR unknown command', 'answered'],
    ['ERR Target instance replied with error: DENIED Redis is running in protected mode', 'no-answer'],
    ['ERR Target instance replied with error: ERR max number of clients reached', 'no-answer'],
    ['IOERR error or timeout connecting to the client', 'no-answer'],
    ['IOERR error or timeout reading to target instance', 'no-answer'],
    ['ERR something that nobody knows', 'not-measured'],
  ])('%s: %s', (text, kind) => {
    expect(executed(refused(text)).kind).toBe(kind);
  });

  test('I10 what was not carried out was not measured', () => {
    expect(executed('NOKEY').kind).toBe('not-measured');
    expect(executed(null).kind).toBe('not-measured');
    expect(readAttempt([]).kind).toBe('not-measured');
    const forbidden = ['OK', 'QUEUED', refused('NOPERM no permission'), 'QUEUED', refused('EXECABORT')];
    expect(readAttempt(forbidden as never)).toMatchObject({
      kind: 'not-measured',
      why: expect.stringContaining('may not run MIGRATE'),
    });
  });

  test('the log of the right server proves it, an unread one does not', () => {
    const entry = ['count', 1, 'reason', 'auth', 'object', 'AUTH', 'username', 'ferry-reach-x'];
    const keeps = ['acllog-max-len', '128'];
    expect(readLog([keeps, [entry]], 'ferry-reach-x').kind).toBe('proven');
    expect(readLog([keeps, [entry]], 'ferry-reach-y').kind).toBe('other');
    expect(readLog([keeps, []], 'ferry-reach-x').kind).toBe('other');
    expect(readLog([['acllog-max-len', '0'], []], 'ferry-reach-x').kind).toBe('answered');
    expect(readLog([keeps, refused('NOPERM no permission')] as never, 'ferry-reach-x').kind).toBe('answered');
  });
});
