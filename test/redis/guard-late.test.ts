// A late owner whose server was promoted and cleaned meanwhile must not act under a guard that is not there (I8).
import { expect, it } from 'vitest';
import { server } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { client, control, enlisting, guarded, owner, pairOf, TIMEOUT_MS } from './control-pair.ts';

it('I8 a late owner cannot act after promotion and removal of the guard', async () => {
  const [source, target] = await Promise.all([
    server('redis-7.0', { settings: { 'repl-diskless-sync-delay': '0' } }),
    server('redis-8.0'),
  ]);
  const pair = pairOf(source.port, target.port);
  const r = enlisting();
  await guarded(pair, 'source', owner(1), r);
  await client(target).replicaof('127.0.0.1', source.port);
  await until(async () => (await client(target).get('ferry:guard')) === 'u1:1', { what: 'guard' });
  const late = await control(pair, 'target', owner(1), r);
  await client(target).replicaof('NO', 'ONE');
  const next = await guarded(pair, 'target', owner(2), r);
  await next.removeOwnKeys(TIMEOUT_MS);
  expect((await late?.follow({ host: '127.0.0.1', port: source.port }, TIMEOUT_MS))?.kind).toBe('refused');
  expect(await client(target).info('replication')).toMatch(/role:master/);
});
