// The page calls a server set aside only when Ferry is done with it.

import { expect, test } from 'vitest';
import { isSetAside } from '../../../src/sandbox/page/figures.ts';

const info = (...lines: readonly string[]) => ['# Replication', ...lines, ''].join('\r\n');

test.each([
  ['a primary', info('role:master', 'connected_slaves:0'), false],
  ['a follower', info('role:slave', 'master_host:127.0.0.1', 'master_port:16379'), false],
  [
    'one whose link is down',
    info('role:slave', 'master_host:127.0.0.1', 'master_port:6379', 'master_link_status:down'),
    false,
  ],
  ['one that was set aside', info('role:slave', 'master_host:127.0.0.1', 'master_port:1'), true],
  ['nothing', '', false],
])('%s', (_what, text, expected) => expect(isSetAside(text)).toBe(expected));
