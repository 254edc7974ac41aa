// Latency in words: as many digits as people read, every cause with the reading that showed it, nothing hostile.

import { describe, expect, it } from 'vitest';
import type { Cause } from '../../../src/migration/latency/cause.ts';
import { causeInShort, causeInWords, lengthInWords } from '../../../src/migration/latency/words.ts';

it.each([
  [0, '0.01 ms'],
  [0.061, '0.06 ms'],
  [0.0951, '0.1 ms'],
  [0.812, '0.8 ms'],
  [9.94, '9.9 ms'],
  [9.96, '10 ms'],
  [91.7, '92 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [1_940, '1.9 s'],
  [71_300, '71 s'],
  [119_400, '119 s'],
  [125_000, '2 min 5 s'],
  [3_600_000, '60 min'],
])('%d ms reads %s', (ms, read) => expect(lengthInWords(ms)).toBe(read));

describe('a cause', () => {
  it.each<[Cause, string, string]>([
    [{ kind: 'fork', durationMs: 91.204 }, 'fork for the snapshot (latest_fork_usec 91,204)', 'the fork'],
    [
      { kind: 'slow-command', command: 'lrange', durationMs: 4_310, times: 22 },
      '`LRANGE` 22 times, 4.3 s together (SLOWLOG)',
      '`LRANGE`',
    ],
    [
      { kind: 'slow-command', command: 'FT.SEARCH', durationMs: 1_940, times: 1 },
      '`FT.SEARCH` for 1.9 s (SLOWLOG)',
      '`FT.SEARCH`',
    ],
    [
      { kind: 'output-buffer', bytes: 775_946_240 },
      'output buffers of clients, 740 MB more',
      'output buffers',
    ],
    [
      { kind: 'slow-command', command: 'a command', durationMs: 812, times: 1 },
      'a command of 812 ms (LATENCY LATEST)',
      'a command',
    ],
    [{ kind: 'expiry', keys: 0 }, 'a cycle of expiring keys', 'expiring keys'],
    [
      { kind: 'network', what: 'carts-new fell silent at the same moment.' },
      'network: carts-new fell silent at the same moment',
      'network',
    ],
    [
      { kind: 'unknown', why: "nothing in the server's own record explains it" },
      "unknown: nothing in the server's own record explains it",
      'cause unknown',
    ],
  ])('%o', (cause, words, short) => {
    expect(causeInWords(cause)).toBe(words);
    expect(causeInShort(cause)).toBe(short);
  });

  it('I9: a command shows its name alone, and no name can become a mention or end its code span', () => {
    const command = 'set`@[U0EVA] <!channel> secret';
    const said = causeInWords({ kind: 'slow-command', command, durationMs: 200, times: 1 });
    expect(said).toBe('`SET???U0EVA?` for 200 ms (SLOWLOG)');
    const quoted = causeInWords({ kind: 'network', what: `\`@[U0EVA]\`\n${'x'.repeat(500)}` });
    expect(quoted).toContain("network: '@ [U0EVA]' xxx");
    expect(quoted.length).toBeLessThan(260);
  });
});
