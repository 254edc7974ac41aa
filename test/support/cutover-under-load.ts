// A cutover with writers on it, from the command to the approval, and what must be true at its end
// whatever happened in between: nothing lost, one writer, writes going on, nobody promoted behind the record.

import { capabilitiesOf, type Running } from '../../src/migration/capabilities.ts';
import type { Migration } from '../../src/migration/migration.ts';
import { needsConfirmation } from '../../src/migration/plan.ts';
import type { Account, Load } from '../../src/sandbox/load/load.ts';
import { startLoad } from '../../src/sandbox/load/load.ts';
import {
  type Address,
  ask,
  isError,
  LoginRefused,
  type Reply,
  RespClient,
} from '../../src/sandbox/load/resp.ts';
import { compareVersions, type ServerBinary } from '../../src/sandbox/servers/server-id.ts';
import type { RunningServer, StartOptions } from '../../src/sandbox/servers/start.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';
import { binaryOf } from './servers.ts';
import { until } from './until.ts';

/** The fence of these cutovers; their lease is three times that and a second. */
const FENCE_MS = 1_000;
const LEASE_MS = 3 * FENCE_MS + 1_000;
/** I3: a hold that lasts is finished or undone within this, once the lease of the lost owner is over. */
const HOLD_LIMIT_MS = 15_000;
/** What the measuring itself may add where other tests use the machine. */
const MARGIN_MS = 2_000;
/** From the loss of a worker until its cutover has ended, and the longest that writers may wait. */
export const ENDS_WITHIN_MS = HOLD_LIMIT_MS + LEASE_MS + MARGIN_MS;

export type End = 'undone' | 'promoted' | 'reverted';

export interface LoadedRig extends Rig {
  readonly load: Load;
  /** Presses Approve; from here the longest gap is measured, and a promotion behind the record is looked for. */
  approve(): Promise<void>;
  revert(): Promise<void>;
  /** Waits until the attempt has ended, one way or the other. */
  ends(deadlineMs?: number): Promise<End>;
  /** Of the owner that a server's guard names; 0: none. */
  guardEpoch(side: 'source' | 'target'): Promise<number>;
  /** Everything that is promised whatever happened. Ends the load. Throws what is broken. */
  settles(end: End): Promise<Account>;
}

/** Nobody waits for a second replica; the setting came with 2.8.18. */
function fastSync(id: string, options: StartOptions = {}): StartOptions {
  const known = compareVersions(binaryOf(id).version, '2.8.18') >= 0;
  const settings = { ...(known && { 'repl-diskless-sync-delay': '0' }), ...options.settings };
  return { ...options, settings, configFile: true };
}

/** Starts a rig and its writers; its worker is in this process unless the options say otherwise. */
export async function startLoadedRig(options: RigOptions = {}): Promise<LoadedRig> {
  const [source, target] = [options.source ?? 'redis-7.0', options.target ?? 'redis-8.0'];
  const rig = await startRig({
    cutover: `fence: ${FENCE_MS}ms`,
    policy: ['    start: auto', '    verification: counts'],
    ...options,
    sourceOptions: fastSync(source, options.sourceOptions),
    targetOptions: fastSync(target, options.targetOptions),
  });
  const before = await Promise.all([rig.source, rig.target].map(accessOf));
  const load = startLoad({
    old: at(rig.source),
    new: at(rig.target),
    perSecond: 500,
    kinds: [source, target].every(hasScripts) ? ['plain', 'multi', 'lua'] : ['plain', 'multi'],
  });
  const watch = watchPromotion(rig);
  const pressed = async (decide: () => Promise<void>) => {
    await load.resetGaps();
    watch.begin();
    await decide();
  };
  return {
    ...rig,
    load,
    approve: () =>
      pressed(async () => {
        await load.watchSides();
        await rig.press('U0BEN', 'ferry.approve');
      }),
    revert: () =>
      pressed(async () => {
        await load.expectSwitch('old');
        await rig.press('U0BEN', 'ferry.revert');
      }),
    ends: (deadlineMs = 60_000) => endOf(rig, deadlineMs),
    async guardEpoch(side) {
      const [guard = null] = await ask(at(rig[side]), [['GET', 'ferry:guard']]);
      return Number(/:(\d+)$/.exec(String(guard))?.[1] ?? 0);
    },
    async settles(end) {
      watch.end();
      const account = await settled(rig, load, end);
      if (watch.problem !== null) throw new Error(watch.problem);
      const after = await Promise.all([rig.source, rig.target].map(accessOf));
      // 2.4 takes writes even as a replica: Ferry's password is all that keeps it from them (I1).
      const stays =
        end === 'promoted' && !capabilitiesOf(runningOf(rig.source.binary)).can('read-only-replica');
      check('I3: who is let in at the source', after[0], stays ? 'nobody' : before[0], null);
      check('I3: who is let in at the target', after[1], before[1], null);
      return account;
    },
    async stop() {
      watch.end();
      await load.stop();
      await rig.stop();
    },
  };
}

/** The command is typed and the pair follows: from here on an approval begins the cutover. */
export async function follow(rig: LoadedRig): Promise<void> {
  await until(async () => (await rig.load.figures()).acknowledged > 100, { what: 'writes before the move' });
  await rig.type('/redis migrate carts-old carts-new');
  const { state } = await until(
    async () => {
      const now = await rig.migration();
      return now.state.phase === 'surveying' ? null : now;
    },
    { what: 'the survey is over' },
  );
  // Old versions leave things to confirm, which nobody starts by themselves.
  if (state.phase === 'planned' && needsConfirmation(state.plan)) await rig.press('U0BEN', 'ferry.start');
  await rig.reaches('following', { deadlineMs: 60_000 });
}

function at(server: RunningServer): Address {
  const { password } = new URL(server.url);
  return { host: server.host, port: server.port, ...(password !== '' && { password }) };
}

function runningOf({ flavour, version }: ServerBinary): Running {
  return { product: flavour, version };
}

function hasScripts(id: string): boolean {
  return capabilitiesOf(runningOf(binaryOf(id))).can('scripts');
}

/** What a hold that lasts would change: the password, and the users with their rights. */
async function accessOf(server: RunningServer): Promise<string> {
  const users = capabilitiesOf(runningOf(server.binary)).can('acl') ? [['ACL', 'LIST']] : [];
  try {
    const replies = await ask(at(server), [['CONFIG', 'GET', 'requirepass'], ...users]);
    return replies.flat().map(String).join('\n');
  } catch (error) {
    if (error instanceof LoginRefused) return 'nobody';
    throw error;
  }
}

/** `ends` is asked after the fault has struck, so the approval or the revert was taken in by then. */
async function endOf(rig: Rig, deadlineMs: number): Promise<End> {
  let last: Migration | null = null;
  try {
    return await until(
      async () => {
        last = await rig.migration();
        return ended(last);
      },
      { what: 'the cutover ends', deadlineMs, everyMs: 25 },
    );
  } catch (cause) {
    const state = JSON.stringify(last === null ? null : (last as Migration).state).slice(0, 700);
    throw new Error(`The cutover did not end: ${state}`, { cause });
  }
}

function ended({ state }: Migration): End | null {
  switch (state.phase) {
    case 'following':
      return state.approvals.length === 0 ? 'undone' : null;
    case 'watching':
      return state.revertBy === null ? 'promoted' : null;
    case 'reverted':
      return 'reverted';
    default:
      return null;
  }
}

/**
 * I4, I8: a target that is a primary before the record says `promoting` was promoted behind its back.
 * The role is read first: the record can only be further by the time that it is read.
 */
function watchPromotion(rig: Rig): { begin(): void; end(): void; readonly problem: string | null } {
  let watching = false;
  let problem: string | null = null;
  const look = async () => {
    const target = await roleOf(rig.target);
    const { state } = await rig.migration();
    const decided =
      !['following', 'cutting-over'].includes(state.phase) ||
      (state.phase === 'cutting-over' && state.cutover.step === 'promoting');
    if (target === 'master' && !decided && watching) {
      problem ??= `The target was promoted while the record said ${state.phase}.`;
    }
  };
  const loop = async () => {
    while (watching) {
      await look().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
  return {
    begin() {
      if (watching) return;
      watching = true;
      void loop();
    },
    end() {
      watching = false;
    },
    get problem() {
      return problem;
    },
  };
}

async function settled(rig: Rig, load: Load, end: End): Promise<Account> {
  const isNew = end === 'promoted';
  const [writer, reader] = isNew ? [rig.target, rig.source] : [rig.source, rig.target];
  // Writes go on, at the right side, without a fence.
  const { acknowledged } = await load.figures();
  const written = await until(() => clientWrites(writer), {
    what: 'the writing side takes a write',
    deadlineMs: 2_000,
  });
  if (isError(written)) throw new Error(`I3: the side that should take writes refuses: ${written.error}`);
  await until(async () => (await load.figures()).acknowledged > acknowledged + 100, {
    what: 'the writers go on',
    deadlineMs: 15_000,
  });
  const figures = await load.figures();
  await until(async () => (await roleOf(reader)) !== 'master', {
    what: 'the other side is a replica, or lets nobody in',
  });
  const refused = await clientWrites(reader);
  if (!isError(refused)) throw new Error('I1: the other side took a write');
  await load.stop();
  const account = await load.account(at(writer));
  check('I2: acknowledged writes are lost', account.lost, 0, account.lostExamples);
  check('I1: writes on the wrong side', account.wrongSide, 0, account.wrongSideExamples);
  check('I1: two sides took writes at once', account.twoWriters ?? 0, 0, null);
  check('the writers are at the other side', account.holder, isNew ? 'new' : 'old', null);
  if (figures.longestGapMs > ENDS_WITHIN_MS)
    throw new Error(`I3: writes were held for ${figures.longestGapMs} ms`);
  return account;
}

function check(what: string, seen: unknown, wanted: unknown, examples: unknown): void {
  if (seen !== wanted) throw new Error(`${what}: ${String(seen)} ${JSON.stringify(examples)}`);
}

/** What somebody who knows the password hears who writes there; a refused login is an answer as well. */
export async function clientWrites(server: RunningServer): Promise<Reply> {
  let client: RespClient;
  try {
    client = await RespClient.open(at(server), 'a-client');
  } catch (error) {
    if (error instanceof LoginRefused) return { error: error.message };
    throw error;
  }
  const late = setTimeout(() => client.close(), 1_000);
  try {
    return await client.send('SET', 'by-a-client', '1');
  } finally {
    clearTimeout(late);
    client.close();
  }
}

/** `closed`: it lets nobody in who has no password of Ferry's. */
async function roleOf(server: RunningServer): Promise<string> {
  try {
    // Without a section: 2.4 knows none.
    const [info] = await ask(at(server), [['INFO']]);
    return /^role:(\w+)/m.exec(String(info))?.[1] ?? 'unknown';
  } catch (error) {
    if (error instanceof LoginRefused) return 'closed';
    throw error;
  }
}
