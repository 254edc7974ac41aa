// The relays that this process keeps, one a pair: opened once, opened anew when its thread died, closed on request.

import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { FerryError } from '../migration/errors.ts';
import { type Address, formatAddress, type Instance } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import type { Logger } from '../workflow/ports.ts';
import { isLoopback, type PortRange, type RelayNews } from './relay.ts';
import { type RelayThread, startRelayThread } from './start-relay-thread.ts';

/** Where relays listen, as ferry.yaml says it. */
export interface RelayPlace {
  /** By which targets reach this worker; null: the address from which this worker reaches the target. */
  readonly host: string | null;
  /** null: any free port. */
  readonly ports: PortRange | null;
}

export interface Relays {
  /** Cheap while it is open. Rejects where it cannot listen, or the target could not reach it. */
  open(pair: Pair, last: Address | null): Promise<Address>;
  /** Why the target gets nothing through it, a sentence; null: nothing is wrong that the relay knows of. */
  trouble(pair: Pair): string | null;
  close(pair: Pair): void;
}

const CONNECT_TIMEOUT_MS = 3_000;
/** A target tries again every second; the same trouble is logged once in this time, ms. */
const REPEAT_MS = 60_000;

interface Entry {
  readonly address: Promise<Address>;
  thread: RelayThread | null;
  trouble: { readonly why: string; readonly loggedMs: number } | null;
}

export function createRelays(
  place: RelayPlace,
  logger: Logger,
  start: typeof startRelayThread = startRelayThread,
): Relays {
  const entries = new Map<string, Entry>();
  /** Threads on their way out: their ports are free when they are gone. */
  const leaving = new Map<string, Promise<void>>();

  function hear(entry: Entry, pair: Pair, news: RelayNews): void {
    const fields = { source: pair.source.name, target: pair.target.name };
    if (news.kind === 'passing') entry.trouble = null;
    if (news.kind === 'ended') logger.info({ ...fields, ...news }, 'a link through the relay ended');
    if (news.kind !== 'trouble') return;
    const now = performance.now();
    const { why, loggedMs } = entry.trouble ?? { why: '', loggedMs: 0 };
    const isNew = why !== news.why || now - loggedMs > REPEAT_MS;
    if (isNew) logger.warn(fields, news.why);
    entry.trouble = { why: news.why, loggedMs: isNew ? now : loggedMs };
  }

  async function openNew(key: string, entry: () => Entry, pair: Pair, last: Address | null) {
    await leaving.get(key);
    const host = place.host ?? (await ownAddressTowards(pair.target));
    await refuseUnreachable(host, pair);
    const { source, target } = pair;
    const order = {
      host,
      ports: place.ports,
      lastPort: last?.host === host ? last.port : null,
      source: { name: source.name, address: source.address },
      target: { name: target.name, hosts: hostsOf(target) },
    };
    const thread = await start(order, (news) => hear(entry(), pair, news));
    entry().thread = thread;
    const address = { host, port: thread.port };
    const fields = { source: source.name, target: target.name, relay: formatAddress(address) };
    logger.info(fields, 'the relay is open');
    return { thread, address, fields };
  }

  function openEntry(key: string, pair: Pair, last: Address | null): Entry {
    const opening = openNew(key, () => entry, pair, last);
    const entry: Entry = { address: opening.then(({ address }) => address), thread: null, trouble: null };
    const forgetIt = (): boolean => entries.get(key) === entry && entries.delete(key);
    opening.then(
      async ({ thread, fields }) => {
        const why = await thread.gone;
        if (forgetIt()) logger.error({ ...fields, why }, 'the relay is gone; a new one is opened');
      },
      () => forgetIt(),
    );
    entries.set(key, entry);
    return entry;
  }

  return {
    async open(pair, last) {
      if (pair.source.tls !== null) throw noTls(pair.source);
      const key = keyOf(pair);
      return (entries.get(key) ?? openEntry(key, pair, last)).address;
    },
    trouble: (pair) => entries.get(keyOf(pair))?.trouble?.why ?? null,
    close(pair) {
      const key = keyOf(pair);
      const entry = entries.get(key);
      if (entry === undefined) return;
      entries.delete(key);
      const left = entry.address
        .then(() => entry.thread?.close())
        .catch(() => undefined)
        .finally(() => leaving.get(key) === left && leaving.delete(key));
      leaving.set(key, left);
    },
  };
}

function keyOf({ source, target }: Pair): string {
  return `${source.name}/${target.name}`;
}

/** Every name of the target's machine that the inventory knows. */
function hostsOf({ address, replicationAddress }: Instance): string[] {
  return [...new Set([address.host, replicationAddress.host])];
}

/** This machine's address on the way to the target: the one by which the target, in turn, reaches it. */
function ownAddressTowards({ name, address }: Instance): Promise<string> {
  const unreachable = (why: string): FerryError =>
    new FerryError(
      'relay-not-started',
      `${name} at ${formatAddress(address)} does not answer (${why}), so Ferry cannot find out where its relay for it belongs.`,
      { hint: 'Check the address, or give `relay: { host: … }` in ferry.yaml.' },
    );
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.host, port: address.port, timeout: CONNECT_TIMEOUT_MS });
    socket.on('connect', () => {
      const own = socket.localAddress;
      socket.destroy();
      if (own === undefined) reject(unreachable('connection lost'));
      else resolve(own);
    });
    socket.on('timeout', () => socket.destroy(new Error('no answer in time')));
    socket.on('error', (error) => reject(unreachable(error.message)));
  });
}

/** A relay on loopback serves only a target on the same machine. */
async function refuseUnreachable(host: string, { target }: Pair): Promise<void> {
  const isLocal = async (name: string): Promise<boolean> => {
    const found = await lookup(name, { all: true }).catch(() => []);
    return found.length > 0 && found.every(({ address }) => isLoopback(address));
  };
  if (!(await isLocal(host)) || (await isLocal(target.address.host))) return;
  const message = `The relay would listen on ${host}, which ${target.name} at ${formatAddress(target.address)} cannot reach.`;
  throw new FerryError('relay-unreachable', message, {
    hint: 'Give `relay: { host: … }` in ferry.yaml: the address by which the new servers reach this worker.',
  });
}

function noTls(source: Instance): FerryError {
  return new FerryError('relay-not-started', `The relay speaks no TLS, and ${source.name} wants it.`, {
    hint: 'Give the address of the server itself, without TLS, in the inventory.',
  });
}
