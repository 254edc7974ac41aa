// The figures beside the channel: both servers as they are now, and what became of the numbered writes.
// The writes are read back every few seconds from the server that should have them.

import { PARKING_ADDRESS } from '../../migration/instance.ts';
import type { Account, Load } from '../load/load.ts';
import { ask, SANDBOX_CLIENT } from '../load/resp.ts';
import type { Play } from '../play/play.ts';
import type { RunningServer } from '../servers/start.ts';
import { addressOf, SOURCE_NAME, TARGET_NAME, type World } from '../world.ts';
import type { Feed } from './feed.ts';
import { startPings } from './pings.ts';

const EVERY_MS = 1_000;
const ACCOUNT_EVERY_MS = 5_000;

export interface Figures {
  /** Reads all writes back now. */
  account(): Promise<void>;
  stop(): void;
}

/** What the page shows of one server; `answers` false: it does not at the moment. */
export interface ServerFigures {
  readonly name: string;
  readonly address: string;
  readonly product: string;
  readonly version: string;
  readonly answers: boolean;
  readonly role: string;
  readonly keys: number;
  readonly memoryBytes: number;
  readonly commandsPerSecond: number;
}

export function startFigures(world: World, play: Play, feed: Feed): Figures {
  const pings = { source: startPings(addressOf(world.source)), target: startPings(addressOf(world.target)) };
  let last: { readonly of: Load; readonly result: Account; readonly at: number } | null = null;
  let of: Load | null = null;
  let rate = { old: 0, new: 0 };
  let before = { old: 0, new: 0 };

  const showLoad = async (): Promise<void> => {
    const { load } = play;
    const figures = await load.figures();
    if (of !== load) before = { old: figures.byOld, new: figures.byNew };
    of = load;
    rate = { old: figures.byOld - before.old, new: figures.byNew - before.new };
    before = { old: figures.byOld, new: figures.byNew };
    const accounted =
      last?.of !== load
        ? null
        : { acknowledged: last.result.acknowledged, lost: last.result.lost, at: last.at };
    feed.show('load', { ...figures, writesPerSecond: rate, accounted });
  };
  const account = async (): Promise<void> => {
    const { load } = play;
    const { holder } = await load.figures();
    const result = await load.account(addressOf(holder === 'old' ? world.source : world.target));
    last = { of: load, result, at: Date.now() };
  };
  const showServers = async (): Promise<void> => {
    const [source, target] = await Promise.all([
      look(SOURCE_NAME, world.source),
      look(TARGET_NAME, world.target),
    ]);
    feed.show('servers', {
      source: { ...source, pings: pings.source.history() },
      target: { ...target, pings: pings.target.history() },
      worker: world.worker.pid === 0 ? 'dead' : 'running',
      slack: world.slack.isAway ? 'away' : 'here',
      link: world.links.some((link) => link.isCut) ? 'cut' : 'whole',
    });
  };
  const timers = [every(EVERY_MS, showServers), every(EVERY_MS, showLoad), every(ACCOUNT_EVERY_MS, account)];
  return {
    account: async () => {
      await account();
      await showLoad();
    },
    stop: () => {
      for (const timer of timers) clearInterval(timer);
      pings.source.stop();
      pings.target.stop();
    },
  };
}

/** Skips a round while the last one runs; a server that does not answer is shown as such, not thrown. */
function every(ms: number, work: () => Promise<void>): NodeJS.Timeout {
  let isRunning = false;
  return setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    work()
      .catch(() => undefined)
      .finally(() => {
        isRunning = false;
      });
  }, ms);
}

async function look(name: string, server: RunningServer): Promise<ServerFigures> {
  const known = {
    name,
    address: `${server.host}:${server.port}`,
    product: server.binary.flavour === 'valkey' ? 'Valkey' : 'Redis',
    version: server.version,
  };
  try {
    const [reply] = await ask(addressOf(server), [['INFO']], { name: SANDBOX_CLIENT });
    const info = String(reply);
    const keys = [...info.matchAll(/^db\d+:keys=(\d+)/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
    return {
      ...known,
      answers: true,
      role: roleOf(info),
      keys,
      memoryBytes: Number(field(info, 'used_memory')),
      commandsPerSecond: Number(field(info, 'instantaneous_ops_per_sec')),
    };
  } catch {
    return {
      ...known,
      answers: false,
      role: '',
      keys: 0,
      memoryBytes: 0,
      commandsPerSecond: 0,
    };
  }
}

function field(info: string, label: string): string {
  return new RegExp(`^${label}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';
}

function roleOf(info: string): string {
  if (field(info, 'role') === 'master') return 'primary';
  if (isSetAside(info)) return 'set aside';
  if (field(info, 'master_link_status') === 'up') return 'follows';
  return field(info, 'master_sync_in_progress') === '1' ? 'syncing' : 'no link';
}

/** Of what INFO says: does the server follow the address where nobody listens? */
export function isSetAside(info: string): boolean {
  const { host, port } = PARKING_ADDRESS;
  return field(info, 'master_host') === host && field(info, 'master_port') === String(port);
}
