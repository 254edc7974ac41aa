// One warm, enlisted, guarded connection to one server, for the acts of one owner. Never reconnects and
// never sends a change twice; what a lost reply left behind is read from the roles by whoever asked.

import { FerryError } from '../migration/errors.ts';
import { type Address, otherSide, type Side } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import type {
  ActResult,
  ActTrace,
  ControlConnection,
  Ownership,
  Records,
  Secrets,
} from '../workflow/ports.ts';
import { listClients } from './clients.ts';
import { type Command, connectionName, connectTo, type Reply, type ServerConnection } from './connect.ts';
import { canaryKey, GUARD_KEY, guardConnection, guardValue, LOCK_KEY, settle } from './guard.ts';
import { identityOf, infoText, observationOf, offsetOf, parseInfo } from './info.ts';
import { knownAddresses } from './known-addresses.ts';
import { readSettingValue, settingCommand } from './settings.ts';

const CANARY_LIFE_MS = 60_000;

export interface ControlOptions {
  readonly secrets: Secrets;
  readonly records: Pick<Records, 'enlist'>;
  readonly trace: ActTrace;
}

/** Connects, enlists (which checks the epoch) and arms unless told not to. null: not the owner any more. */
export async function openControl(
  pair: Pair,
  side: Side,
  owner: Ownership,
  options: ControlOptions & { readonly arm: boolean; readonly timeoutMs: number },
): Promise<ControlConnection | null> {
  const instance = pair[side];
  const connection = await connectTo(instance, options.secrets, {
    timeoutMs: options.timeoutMs,
    name: connectionName(owner),
  });
  try {
    // A round trip first: only a connection that the server knows can be ended by a successor (I8).
    const [id, info] = await connection.pipeline(
      [
        ['CLIENT', 'ID'],
        ['INFO', 'server'],
      ],
      options.timeoutMs,
    );
    const { runId } = identityOf(parseInfo(textOf(info)));
    const enlisted = await options.records.enlist(owner, {
      runId,
      address: instance.address,
      clientId: numberOf(id),
    });
    if (!enlisted) {
      connection.close();
      return null;
    }
    const control = controlOver(connection, { pair, side, owner, runId, trace: options.trace });
    if (options.arm) await control.arm(options.timeoutMs);
    return control;
  } catch (error) {
    connection.close();
    throw error;
  }
}

interface Controlled {
  readonly pair: Pair;
  readonly side: Side;
  readonly owner: Ownership;
  readonly runId: string;
  readonly trace: ActTrace;
}

function controlOver(connection: ServerConnection, on: Controlled): ControlConnection {
  const { side, owner, runId, trace } = on;
  const guard = guardConnection(connection, owner, side, trace);
  const ours = guardValue(owner);
  const act = async <T>(
    deed: string,
    commands: readonly Command[],
    timeoutMs: number,
    read: (replies: readonly Reply[]) => T,
    changeAt = 0,
  ): Promise<ActResult<T>> => settle(await guard.act(deed, commands, timeoutMs), read, changeAt);

  return {
    side,
    runId,
    get armed() {
      return guard.armed;
    },
    arm: (timeoutMs) => guard.arm(timeoutMs),
    takeGuard: (timeoutMs) => guard.take(timeoutMs),
    async observe(timeoutMs) {
      const info = parseInfo(textOf(await connection.ask(['INFO'], timeoutMs)));
      return observationOf(info, knownAddresses(on.pair, otherSide(side)), Date.now());
    },
    async replicaOffset(timeoutMs) {
      return offsetOf(parseInfo(textOf(await connection.ask(['INFO', 'replication'], timeoutMs))));
    },
    fence: (pauseMs, timeoutMs) =>
      act(
        'fence',
        [
          ['CLIENT', 'PAUSE', pauseMs, 'WRITE'],
          ['INFO', 'replication'],
        ],
        timeoutMs,
        ([, info]) => ({ offset: offsetOf(parseInfo(textOf(info))) }),
      ),
    // Under the guard too: a late UNPAUSE would end the fence of a successor's attempt.
    lift: (timeoutMs) => act('lift', [['CLIENT', 'UNPAUSE']], timeoutMs, () => undefined),
    follow: ({ host, port }: Address, timeoutMs) =>
      act(
        'follow',
        [
          ['INFO', 'replication'],
          ['REPLICAOF', host, port],
        ],
        timeoutMs,
        ([before]) => {
          const info = parseInfo(textOf(before));
          return { offset: offsetOf(info), wasPrimary: infoText(info, 'role') === 'master' };
        },
        1,
      ),
    promote: (timeoutMs) =>
      act(
        'promote',
        [
          ['REPLICAOF', 'NO', 'ONE'],
          ['INFO', 'replication'],
        ],
        timeoutMs,
        ([, info]) => ({
          offset: offsetOf(parseInfo(textOf(info))),
        }),
      ),
    async readSetting(name, timeoutMs) {
      return readSettingValue(name, await connection.ask(['CONFIG', 'GET', name], timeoutMs));
    },
    changeSetting: (name, value, timeoutMs) =>
      act(`set-${name}`, [settingCommand(name, value)], timeoutMs, () => undefined),
    async rewriteConfig(timeoutMs) {
      const info = parseInfo(textOf(await connection.ask(['INFO', 'server'], timeoutMs)));
      if ((infoText(info, 'config_file') ?? '') === '') return { kind: 'done', value: false };
      return act('rewrite-config', [['CONFIG', 'REWRITE']], timeoutMs, () => true);
    },
    async holdLock(leaseMs, timeoutMs) {
      const holder = await connection.ask(['GET', LOCK_KEY], timeoutMs);
      if (holder !== null && holder !== owner.uid) return { kind: 'done', value: { heldBy: String(holder) } };
      return act('hold-lock', [['SET', LOCK_KEY, owner.uid, 'PX', leaseMs]], timeoutMs, () => ({
        heldBy: null,
      }));
    },
    async writeCanary(timeoutMs) {
      const key = canaryKey(owner.uid);
      const nonce = `${ours}:${Math.random().toString(36).slice(2)}`;
      const commands: readonly Command[] = [
        ['SET', key, nonce, 'PX', CANARY_LIFE_MS],
        ['GET', key],
      ];
      const written = await act('canary', commands, timeoutMs, ([, back]) => back === nonce);
      if (written.kind !== 'done') return written;
      if (written.value) return { kind: 'done', value: undefined };
      return { kind: 'refused', why: `${connection.who} did not give back what was written` };
    },
    async removeOwnKeys(timeoutMs) {
      const [lock] = await connection.pipeline([['GET', LOCK_KEY]], timeoutMs);
      const keys = [GUARD_KEY, canaryKey(owner.uid), ...(lock === owner.uid ? [LOCK_KEY] : [])];
      return act('remove-own-keys', [['DEL', ...keys]], timeoutMs, () => undefined);
    },
    async endConnections(clientIds, timeoutMs) {
      const kills = clientIds.map((id): Command => ['CLIENT', 'KILL', 'ID', id]);
      if (kills.length > 0) await connection.pipeline(kills, timeoutMs);
    },
    async endOrdinaryClients(timeoutMs) {
      const clients = await listClients(connection, timeoutMs);
      if (clients === null)
        return { kind: 'refused', why: `${connection.who} has too many connections to list` };
      const ids = clients.map((client) => client.id);
      const kills = ids.map((id): Command => ['CLIENT', 'KILL', 'ID', id]);
      if (kills.length > 0) await connection.pipeline(kills, timeoutMs);
      return { kind: 'done', value: ids.length };
    },
    close: () => connection.close(),
  };
}

function textOf(reply: Reply | undefined): string {
  if (typeof reply === 'string') return reply;
  if (reply instanceof Error) throw reply;
  throw new FerryError('bad-reply', 'The server gave a reply that Ferry does not understand.');
}

function numberOf(reply: Reply | undefined): number {
  if (typeof reply === 'number') return reply;
  if (reply instanceof Error) throw reply;
  throw new FerryError('bad-reply', 'The server gave a reply that Ferry does not understand.');
}
