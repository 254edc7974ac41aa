// A transfer through the relay against the direct one, of the same two old servers in one run. Without such
// servers (REDIS_BIN_DIR) there is nothing to compare: a target that needs the relay cannot do without.

import { afterAll, inject, it } from 'vitest';
import { client } from '../redis/control-pair.ts';
import { fillForTransfer, transferSpeed } from '../replication/transfer-speed.ts';
import { server } from '../support/servers.ts';
import { type Figure, publish } from './figures.ts';

const MEGABYTES = 1_000;
const ROUNDS = 5;
const FROM = 'redis-2.4';
const TO = 'redis-2.6';

const figures: Figure[] = [];
afterAll(() => publish(figures, process.env['FERRY_BENCH_JSON']));

const idOf = (start: string): string | undefined =>
  Object.keys(inject('servers')).find((id) => id.startsWith(start));

it.runIf(idOf(FROM) !== undefined && idOf(TO) !== undefined)('relay: a sync of 2.4 to 2.6', async () => {
  const [source, target] = await Promise.all([server(idOf(FROM) ?? ''), server(idOf(TO) ?? '')]);
  await fillForTransfer(client(source), MEGABYTES);
  const { direct, relayed } = await transferSpeed(source, { server: target, client: client(target) }, ROUNDS);
  const speed = (ms: number): number => MEGABYTES / (ms / 1_000);
  const note = `best of ${ROUNDS} in turn, ${MEGABYTES} MB`;
  figures.push(
    {
      what: 'transfer of the snapshot through the relay',
      unit: 'MB/s',
      ferry: speed(relayed.transferMs),
      bare: speed(direct.transferMs),
      note: `${note}; bare: the same two servers without it`,
    },
    {
      what: 'whole sync through the relay',
      unit: 'MB/s',
      ferry: speed(relayed.wholeMs),
      bare: speed(direct.wholeMs),
      note: 'dump and load included',
    },
  );
});
