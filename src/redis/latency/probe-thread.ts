// The worker thread's side: runs the beat, does what the rest of Ferry orders, and tells what it measures.

import { parentPort, workerData } from 'node:worker_threads';
import { Beat } from './beat.ts';
import type { FromThread, ToThread } from './thread-messages.ts';

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

const beat = new Beat(Number(workerData));

parentPort?.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'clock':
      beat.setClock(message.aheadMs);
      return;
    case 'probe': {
      const { key } = message.order;
      beat.probe(message.order, message.pace, {
        second: (second) => tell({ kind: 'second', key, second }),
        silence: (silence) => tell({ kind: 'silence', key, silence }),
        endOfLine: (end, open) => tell({ kind: 'end-of-line', end, open }),
      });
      return;
    }
    case 'pace':
      beat.setPace(message.key, message.pace);
      return;
    case 'end':
      beat.end(message.key);
      return;
  }
});
