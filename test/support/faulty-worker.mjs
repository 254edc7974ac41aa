// A worker of the built program that fails on purpose, once, at one instant of a cutover: it dies, or it
// sleeps with all its threads' work until a file appears, and then goes on as if nothing had happened.
// Everything that it does is written to its output at once, so that nothing is missing when it dies.

import { existsSync, writeSync } from 'node:fs';
import { startFerry } from '../../dist/compose.js';
import { loadConfiguration } from '../../dist/config/configuration.js';
import { createLogger } from '../../dist/telemetry/logger.js';

/** See faulty-worker.ts for what is handed in. */
const { fault, wakeFile } = JSON.parse(process.argv[2] ?? '{}');
const SLEEP_AT_MOST_MS = 120_000;
const NAP_MS = 20;

const say = (fields) => writeSync(1, `${JSON.stringify(fields)}\n`);
let cutovers = 0;
let failed = false;

function nap(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Nothing of this process runs meanwhile: no timer, no reply, no renewal of its lease. */
function sleep() {
  const until = performance.now() + SLEEP_AT_MOST_MS;
  while (!existsSync(wakeFile) && performance.now() < until) nap(NAP_MS);
}

const trace = {
  at(moment, act) {
    if (moment === 'before' && act === 'record:cutover-begun') cutovers += 1;
    say({ act, moment, cutovers });
    if (failed || cutovers !== fault?.cutover || moment !== fault.moment || act !== fault.act) return;
    failed = true;
    say({ failing: fault.deed });
    if (fault.deed === 'kill') {
      process.kill(process.pid, 'SIGKILL');
      nap(SLEEP_AT_MOST_MS);
    }
    sleep();
    say({ awake: true });
  },
};

const GUARDED = new Set(['fence', 'lift', 'follow', 'promote', 'takeGuard', 'writeCanary', 'rewriteConfig']);

/** Tells how each act ended, and whose it was. */
function telling(control, side, epoch) {
  return new Proxy(control, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (!GUARDED.has(name)) return value;
      return async (...args) => {
        const result = await value.apply(target, args);
        say({ did: `${name}:${side}`, epoch, kind: result.kind });
        return result;
      };
    },
  });
}

const alter = (workflow) => ({
  ...workflow,
  records: {
    ...workflow.records,
    async save(owner, revision, next, ...rest) {
      const answer = await workflow.records.save(owner, revision, next, ...rest);
      const kind = answer === 'saved' ? 'done' : 'refused';
      say({ did: `save:${next.state.phase}`, epoch: owner.epoch, kind });
      return answer;
    },
  },
  servers: {
    ...workflow.servers,
    async control(pair, side, owner, how) {
      const control = await workflow.servers.control(pair, side, owner, how);
      return control === null ? null : telling(control, side, owner.epoch);
    },
  },
});

// It does not outlive whoever started it.
process.stdin.on('end', () => process.exit(0)).resume();
process.on('SIGTERM', () => process.exit(0));

await startFerry({
  configuration: loadConfiguration(process.env, { slack: false, secrets: true }),
  role: 'worker',
  baselineSeconds: 0,
  logger: createLogger({ level: 'debug', destination: { write: (line) => writeSync(1, line) } }),
  trace,
  alter,
  onLost: (why) => say({ lost: why }),
});
say({ started: true });
