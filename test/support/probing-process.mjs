// A Ferry of which nothing runs but its probes, in a process of its own, so that a test may stop it, end it, or take
// the processor away from it. Runs the built program; tells whatever a watcher hears, a line each.

import { Redis } from 'ioredis';

const { ownPort, ports, rate, stallMs, busyMs } = JSON.parse(process.argv[2] ?? '{}');
const built = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { createProbes } = await built('redis/latency/probes.js');
const { createLatencyLog } = await built('store/latency-log.js');

const nothing = () => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger };
const redis = new Redis({ host: '127.0.0.1', port: ownPort });
redis.on('error', nothing);
const probes = createProbes({ secrets: { resolve: async () => '' }, log: createLatencyLog(redis), logger });
const watches = ports.map((port) => {
  const address = { host: '127.0.0.1', port };
  const instance = {
    name: `carts-${port}`,
    address,
    replicationAddress: address,
    username: null,
    passwordRef: null,
  };
  return probes.watch(
    { ...instance, tls: null, environment: 'default' },
    { rate, stallMs, sinceAt: null, beside: null },
  );
});
setInterval(() => {
  for (const [at, watch] of watches.entries()) {
    const { seconds, stalls } = watch.take();
    for (const second of seconds) process.stdout.write(`${JSON.stringify({ port: ports[at], second })}\n`);
    for (const stall of stalls) process.stdout.write(`${JSON.stringify({ port: ports[at], stall })}\n`);
  }
}, 50);
if (busyMs > 0) {
  // The main thread computes nearly all the time.
  setInterval(() => {
    const until = performance.now() + busyMs;
    while (performance.now() < until);
  }, busyMs + 5);
}
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
