// One warm, enlisted, guarded connection to one server, for the acts of one owner. Never reconnects and
// never sends a change twice; what a lost reply left behind is read from the roles by whoever asked.

import { type Capabilities, capabilitiesOf } from '../migration/capabilities.ts';
import { otherSide, type Side } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import type { ServerObservation } from '../migration/progress.ts';
import type {
  ActResult,
  ActTrace,
  ControlConnection,
  Ownership,
  Records,
  Secrets,
} from '../workflow/ports.ts';
import { type ClientLists, findSelf, killCommand, listClients } from './clients.ts';
import { type Command, connectionName, connectTo, type Reply, type ServerConnection } from './connect.ts';
import { follow, setAside } from './follow.ts';
import { canaryKey, expiringKey, GUARD_KEY, guardConnection, LOCK_KEY, settle } from './guard.ts';
import { CANARY_LIFE_SECONDS, freshValue } from './hold/fence.ts';
import { holdings } from './hold/holdings.ts';
import { HOLD_KEY, parseNoted } from './hold/left.ts';
import { identityOf, infoCommand, infoText, observationOf, offsetOf, parseInfo } from './info.ts';
import { knownAddresses } from './known-addresses.ts';
import { reachedBy } from './reached.ts';
import { textOf } from './replies.ts';
import { readSettingValue, settingCommand } from './settings.ts';

export interface ControlOptions {
  readonly secrets: Secrets;
  readonly records: Pick<Records, 'enlist'>;
  readonly trace: ActTrace;
  /** Does Ferry know the migration of this uid, and that it is over? What that left keeps nobody out (I6). */
  readonly isOver: (uid: string) => Promise<boolean>;
  readonly lists: ClientLists;
}

/** Connects, enlists (which checks the epoch) and arms unless told not to. null: not the owner any more. */
export async function openControl(
  pair: Pair,
  side: Side,
  owner: Ownership,
  options: ControlOptions & { readonly arm: boolean; readonly timeoutMs: number },
): Promise<ControlConnection | null> {
  const instance = pair[side];
  const { secrets, trace, timeoutMs } = options;
  const connection = await connectTo(instance, secrets, { timeoutMs, name: connectionName(owner) });
  try {
    // A round trip first: only a connection that the server knows can be ended by a successor (I8).
    const [id, text] = await connection.pipeline([['CLIENT', 'ID'], ['INFO']], timeoutMs);
    const seen = parseInfo(textOf(text));
    const identity = identityOf(seen);
    const hasConfigFile = (infoText(seen, 'config_file') ?? '') !== '';
    const capabilities = capabilitiesOf(identity);
    if (id instanceof Error && capabilities.can('client-id')) throw id;
    const clientId = typeof id === 'number' ? id : null;
    const self = clientId === null ? await ownAddress(connection, timeoutMs) : null;
    const { runId } = identity;
    const peer = clientId === null ? (self ?? connection.localAddress) : null;
    const entry = { runId, address: instance.address, clientId, peer };
    const enlisted = await options.records.enlist(owner, entry);
    if (!enlisted) {
      connection.close();
      return null;
    }
    const { isOver, lists } = options;
    const on = { pair, side, owner, runId, trace, secrets, isOver, lists, capabilities, self, hasConfigFile };
    const control = controlOver(connection, on);
    if (options.arm) await control.arm(timeoutMs);
    return control;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Where the version gives a connection no id of its own: its address in the list. null: it cannot be told. */
async function ownAddress(connection: ServerConnection, timeoutMs: number): Promise<string | null> {
  const listed = await listClients(connection, timeoutMs);
  return listed === null ? null : findSelf(listed.all, connection.localAddress);
}

interface Controlled {
  readonly pair: Pair;
  readonly side: Side;
  readonly owner: Ownership;
  readonly runId: string;
  readonly trace: ActTrace;
  readonly secrets: Secrets;
  readonly isOver: ControlOptions['isOver'];
  readonly lists: ClientLists;
  readonly capabilities: Capabilities;
  /** This connection's address as the server sees it; null: it has an id, or it cannot be told. */
  readonly self: string | null;
  /** Read when it connected: it stays for as long as the server runs, and so does this connection. */
  readonly hasConfigFile: boolean;
}

function controlOver(connection: ServerConnection, on: Controlled): ControlConnection {
  const { side, owner, runId, secrets, capabilities, lists, self } = on;
  const guard = guardConnection(connection, owner, side, on.trace, capabilities, on.isOver);
  const instance = on.pair[side];
  const holds = holdings({ instance, connection, guard, capabilities, owner, runId, secrets, lists, self });
  /** 6.0: users are held, by rules that only the record and this note tell. */
  const notesHolds = capabilities.can('acl') && !capabilities.can('pause-writes');
  const info = infoCommand(capabilities, 'replication');
  const replicaOf = capabilities.can('replica-words') ? 'REPLICAOF' : 'SLAVEOF';
  const act = async <T>(
    deed: string,
    commands: readonly Command[],
    timeoutMs: number,
    read: (replies: readonly Reply[]) => T,
    changeAt = 0,
  ): Promise<ActResult<T>> => settle(await guard.act(deed, commands, timeoutMs), read, changeAt);

  const seen = (whole: Reply | undefined): ServerObservation =>
    observationOf(parseInfo(textOf(whole)), knownAddresses(on.pair, otherSide(side)), Date.now(), holds.held);

  return {
    side,
    runId,
    closed: connection.closed,
    get armed() {
      return guard.armed;
    },
    arm: (timeoutMs) => guard.arm(timeoutMs),
    takeGuard: (timeoutMs) => guard.take(timeoutMs),
    observe: async (timeoutMs) => seen(await connection.ask(['INFO'], timeoutMs)),
    reached: (proof, timeoutMs) => reachedBy(connection, capabilities, proof, timeoutMs),
    planHold: (kind, attempt, timeoutMs) => holds.plan(kind, attempt, timeoutMs),
    fence: (hold, pauseMs, timeoutMs) => holds.set(hold, { pauseMs, timeoutMs }),
    lift: (hold, timeoutMs) => holds.lift(hold, timeoutMs),
    follow: async (address, timeoutMs, hold) =>
      follow({ connection, guard, capabilities }, address, timeoutMs, await holds.release(hold ?? null)),
    followAnew: ({ host, port }, timeoutMs) =>
      act(
        'follow-anew',
        [
          [replicaOf, 'NO', 'ONE'],
          [replicaOf, host, port],
        ],
        timeoutMs,
        () => undefined,
      ),
    setAside: (address, timeoutMs) => setAside({ connection, guard, capabilities }, address, timeoutMs, seen),
    promote: (timeoutMs) =>
      act('promote', [[replicaOf, 'NO', 'ONE'], info], timeoutMs, ([, seen]) => ({
        offset: offsetOf(parseInfo(textOf(seen))),
      })),
    empty: (timeoutMs) => {
      const flush: Command = capabilities.can('unlink') ? ['FLUSHALL', 'ASYNC'] : ['FLUSHALL'];
      return act('empty', [flush], timeoutMs, () => undefined);
    },
    async readSetting(name, timeoutMs) {
      return readSettingValue(name, await connection.ask(['CONFIG', 'GET', name], timeoutMs));
    },
    changeSetting: (name, value, timeoutMs) =>
      act(`set-${name}`, [settingCommand(name, value)], timeoutMs, () => undefined),
    async rewriteConfig(timeoutMs) {
      if (!capabilities.can('config-rewrite') || !on.hasConfigFile) return { kind: 'done', value: false };
      return act('rewrite-config', [['CONFIG', 'REWRITE']], timeoutMs, () => true);
    },
    async holdLock(leaseMs, timeoutMs) {
      const holder = await connection.ask(['GET', LOCK_KEY], timeoutMs);
      const isForeign = holder !== null && holder !== owner.uid && !(await on.isOver(String(holder)));
      if (isForeign) return { kind: 'done', value: { heldBy: String(holder) } };
      const leaseSeconds = Math.max(1, Math.ceil(leaseMs / 1_000));
      const hold = expiringKey(LOCK_KEY, owner.uid, leaseSeconds);
      return act('hold-lock', hold, timeoutMs, () => ({ heldBy: null }));
    },
    async writeCanary(timeoutMs) {
      const key = canaryKey(owner.uid);
      const value = freshValue(owner);
      const sentMs = performance.now();
      const commands: readonly Command[] = [
        ...expiringKey(key, value, CANARY_LIFE_SECONDS),
        // Who takes writes has no hold: what was noted of an earlier one must not be put back later.
        ...(notesHolds ? [['DEL', HOLD_KEY] as const] : []),
        ['GET', key],
      ];
      const written = await act('canary', commands, timeoutMs, (replies) => replies.at(-1) === value);
      if (written.kind !== 'done') return written;
      if (written.value) return { kind: 'done', value: { key, value, sentMs } };
      return { kind: 'refused', why: `${connection.who} did not give back what was written` };
    },
    async leftHold(timeoutMs) {
      if (!notesHolds) return null;
      return parseNoted(await connection.ask(['GET', HOLD_KEY], timeoutMs), { uid: owner.uid, runId });
    },
    async hasOwnKeys(timeoutMs) {
      const [guarded, lock] = await connection.pipeline(
        [
          ['GET', GUARD_KEY],
          ['GET', LOCK_KEY],
        ],
        timeoutMs,
      );
      return [guarded, lock].some((key) => key !== null);
    },
    async removeOwnKeys(timeoutMs) {
      const [lock] = await connection.pipeline([['GET', LOCK_KEY]], timeoutMs);
      const keys = [GUARD_KEY, HOLD_KEY, canaryKey(owner.uid), ...(lock === owner.uid ? [LOCK_KEY] : [])];
      return act('remove-own-keys', [['DEL', ...keys]], timeoutMs, () => undefined);
    },
    async endConnections(connections, timeoutMs) {
      const kills = connections.flatMap(({ clientId, peer }): Command[] => {
        if (clientId === null && peer === null) return [];
        return [killCommand({ id: clientId, address: peer ?? '' })];
      });
      if (kills.length > 0) await connection.pipeline(kills, timeoutMs);
    },
    async endOrdinaryClients(timeoutMs) {
      const clients = await listClients(connection, timeoutMs);
      if (clients === null)
        return { kind: 'refused', why: `${connection.who} has too many connections to list` };
      const { ordinary } = clients;
      if (ordinary.length > 0) await connection.pipeline(ordinary.map(killCommand), timeoutMs);
      return { kind: 'done', value: ordinary.length };
    },
    close: () => connection.close(),
  };
}
