// The fence of 6.2 and newer: CLIENT PAUSE … WRITE. It ends by itself and changes no setting.

import { settle } from '../guard.ts';
import type { Fence, Fenced } from './fence.ts';
import { proofOf } from './fence.ts';

export function pauseFence(server: Fenced): Fence<'pause'> {
  const { guard } = server;
  return {
    plan: async () => ({ kind: 'done', value: { kind: 'pause' } }),
    async set(_hold, { pauseMs, timeoutMs }) {
      // The offset whatever the route says: a marker is a write, which this fence would hold as well.
      const { command, read } = proofOf(server, 'offset');
      const fenced = await guard.act('fence', [['CLIENT', 'PAUSE', pauseMs, 'WRITE'], command], timeoutMs);
      return settle(fenced, ([, info]) => read(info));
    },
    // Under the guard too: a late UNPAUSE would end the fence of a successor's attempt.
    lift: async (_hold, timeoutMs) =>
      settle(await guard.act('lift', [['CLIENT', 'UNPAUSE']], timeoutMs), () => undefined),
  };
}
