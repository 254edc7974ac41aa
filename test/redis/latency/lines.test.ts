// The probe goes on through whatever happens to its connection: ended, refused, loading, paused, restarted. A refusal
// is an answer; what cannot be measured says why.

import { readFileSync } from 'node:fs';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { freePort, type RunningServer } from '../../../src/sandbox/servers/start.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { fill, run, wireTo } from '../../support/data.ts';
import { FULL_RUN } from '../../support/full-run.ts';
import { idOfRelease, sharedServer, server as startedServer, versions } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import { DEBUG_ON, debugSleep, Heard, holdUp, instanceAt, probesOver, stopFor } from './probe-rig.ts';

const STALL_MS = 100;
const PASSWORD = 'open-sesame-4711';

let own: RunningServer;

beforeAll(async () => {
  own = await sharedServer('redis-7.0');
});

function watch(server: RunningServer): Heard {
  return new Heard(probesOver(own), instanceAt(server.port), { stallMs: STALL_MS });
}

async function ask(server: RunningServer, ...commands: [string, ...(string | number)[]][]): Promise<void> {
  const connection = await wireTo(server.port);
  await run(connection, commands).finally(() => connection.close());
}

it('comes back when its connection is ended, is not taken for a client, and tells of a pause', async () => {
  const server = await startedServer('redis-7.0');
  const heard = watch(server);
  await heard.measures(1);
  await ask(server, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
  await heard.measures(2);
  // Not more than a moment was lost.
  expect(heard.measured.slice(-2).every(({ pings }) => pings > 80)).toBe(true);
  expect(heard.all).toEqual([]);
  const connection = await wireTo(server.port);
  const list = String(await connection.ask(['CLIENT', 'LIST']));
  connection.close();
  expect(list.match(/name=ferry:probe /g)).toHaveLength(1);

  // All clients are paused, the probe among them: nobody but the count of the command tells.
  const startedAt = Date.now();
  await ask(server, ['CLIENT', 'PAUSE', 400, 'ALL']);
  const stall = await heard.stallIn({ startedAt, lengthMs: 400 });
  expect(stall.lengthMs).toBeGreaterThan(300);
  expect(stall.cause).toEqual({ kind: 'paused' });
});

it('takes a refused login for an answer, and goes on measuring behind a password', async () => {
  const server = await startedServer('redis-6.0');
  const heard = watch(server);
  await heard.measures(1);
  await ask(
    server,
    ['CONFIG', 'SET', 'requirepass', 'secret'],
    ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'],
  );
  await heard.measures(2);
  expect(heard.seconds.slice(-2).map(({ state }) => state)).toEqual(['answering', 'answering']);
  expect(heard.all).toEqual([]);
});

it('measures over TLS as a user, and says why it cannot where the certificate is not trusted', async () => {
  const files = makeCertificates();
  onTestFinished(() => files.remove());
  const port = await freePort();
  const settings = {
    'tls-port': String(port),
    'tls-cert-file': files.certificate,
    'tls-key-file': files.key,
    'tls-auth-clients': 'no',
    user: `ferry on >${PASSWORD} ~* &* +@all`,
  };
  await startedServer('redis-7.0', { settings });
  const ca = readFileSync(files.ca, 'utf8');
  const access = {
    username: 'ferry',
    passwordRef: 'env:PASSWORD',
    tls: { caRef: 'file:ca', servername: null },
  };
  const secrets = { resolve: async (ref: string) => (ref === 'file:ca' ? ca : PASSWORD) };
  const heard = new Heard(probesOver(own, secrets), instanceAt(port, access));
  await heard.measures(2);
  const trusting = new Heard(
    probesOver(own, secrets),
    instanceAt(port, {
      ...access,
      name: 'x',
      tls: { caRef: null, servername: null },
      address: { host: 'localhost', port },
    }),
  );
  const down = await until(() => trusting.seconds.find(({ state }) => state === 'unreachable'), {
    what: 'no trust',
  });
  expect(down.why).toMatch(/TLS with x/);
});

it('says why it measures nothing while the server is gone, and that it loads when it is back', async () => {
  // Keys are loaded slowly on purpose.
  const settings = { 'key-load-delay': '500', 'loading-process-events-interval-bytes': '1024' };
  const server = await startedServer('redis-7.0', { appendonly: true, settings });
  await fill(server.port, { keys: 1_500 });
  const heard = watch(server);
  await heard.measures(1);
  await server.kill('SIGKILL');
  const gone = await until(() => heard.seconds.find(({ state }) => state === 'unreachable'), {
    what: 'it is gone',
  });
  expect(gone.why).toMatch(/cannot be reached/);
  await server.restart();
  await until(() => heard.seconds.find(({ loading }) => loading), { what: 'it loads' });
  await until(() => heard.seconds.at(-1)?.loading === false && (heard.seconds.at(-1)?.pings ?? 0) > 80, {
    what: 'it has loaded',
  });
});

it('tells of a stall while it lasts, that it is silent, and what clients of it waited', async () => {
  const server = await startedServer('redis-7.0');
  const heard = watch(server);
  await heard.measures(1);
  const injected = await stopFor(server, 2_300);
  const stall = await heard.stallIn(injected);
  expect((heard.heardAt.get(stall.id) ?? 0) - injected.startedAt).toBeLessThan(STALL_MS + 400);
  await heard.measures(1);
  const silent = heard.seconds.filter(({ state }) => state === 'silent');
  expect(silent.length).toBeGreaterThanOrEqual(1);
  const omitted = heard.seconds.flatMap((second) => second.omitted.map(([, count]) => count));
  // As many pings as fit into it; nothing twice.
  const pings = omitted.reduce((sum, count) => sum + count, 0);
  expect(Math.abs(pings - stall.lengthMs / 10)).toBeLessThan(5);
});

it('finds both servers of a pair silent at once, and blames neither', async () => {
  const [a, b] = [await startedServer('redis-7.0'), await startedServer('redis-7.0')];
  const probes = probesOver(own);
  const [one, two] = [instanceAt(a.port), instanceAt(b.port)];
  const heard = [
    new Heard(probes, one, { stallMs: STALL_MS, beside: two }),
    new Heard(probes, two, { stallMs: STALL_MS, beside: one }),
  ] as const;
  await Promise.all(heard.map((each) => each.measures(2)));
  const [injected] = await Promise.all([stopFor(a, 400), stopFor(b, 400)]);
  for (const [i, each] of heard.entries()) {
    const name = [two, one][i]?.name;
    await until(
      () =>
        each.all.some(
          ({ over, cause }) => over && cause.kind === 'network' && cause.what.includes(name ?? ''),
        ),
      {
        what: `${name} blamed for the silence of ${injected.lengthMs} ms`,
      },
    );
  }
});

/** Every version in a full run, else the oldest that there is. */
const measured = FULL_RUN ? versions() : [idOfRelease('2.4') ?? 'redis-6.0'];

it.each(measured)('%s: measures it, and knows what it tells of a stall', async (id) => {
  const server = await startedServer(id, id.startsWith('redis-2.4') ? {} : { settings: debugOn(id) });
  const heard = watch(server);
  await heard.measures(2);
  const stopped = await heard.stallIn(await stopFor(server, 300));
  expect(stopped.cause.kind).toBe('unknown');
  if (id.startsWith('redis-2.4')) return;
  const slept = await heard.stallIn(await holdUp(server.port, debugSleep(250)));
  expect(slept).toMatchObject({
    exact: true,
    cause: { kind: 'slow-command', command: 'DEBUG SLEEP', times: 1 },
  });
});

/** Before 7.0 DEBUG is on, and the setting unknown. */
function debugOn(id: string): Readonly<Record<string, string>> {
  return /^(valkey-|redis-([789]|\d\d))/.test(id) ? DEBUG_ON : {};
}
