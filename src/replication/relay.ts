// One relay: a port to which a target connects to replicate from an old source, whose stream it makes fit.
// Only the target's host gets in: whoever connects is handed the whole data set, past the source's own firewall.

import { lookup } from 'node:dns/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Address, formatAddress } from '../migration/instance.ts';
import { RelayStream } from './relay-stream.ts';

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** Plain data: it goes to a thread. */
export interface RelayOrder {
  /** By which the target reaches this machine. */
  readonly host: string;
  /** null: any free port. */
  readonly ports: PortRange | null;
  /** The port that it had before, tried first. */
  readonly lastPort: number | null;
  readonly source: { readonly name: string; readonly address: Address };
  /** `hosts`: names or addresses of the only machine that is let in. */
  readonly target: { readonly name: string; readonly hosts: readonly string[] };
}

export type RelayNews =
  /** Why the target gets nothing, a sentence. */
  | { readonly kind: 'trouble'; readonly why: string }
  /** A snapshot is on its way to the target. */
  | { readonly kind: 'passing' }
  | {
      readonly kind: 'ended';
      readonly bytes: number;
      readonly reencoded: number;
      readonly swallowed: number;
    };

export interface Relay {
  readonly port: number;
  close(): void;
}

/** A target has one link at a time, and for a moment the one before. */
const MAX_CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 15_000;
/** What may wait for a target that does not read, per connection; then the source is not read either. */
const BUFFER_BYTES = 1024 * 1024;
/** Read at once: system calls are what a relay costs. Buffers are used again, so there are few of them. */
const READ_BYTES = 256 * 1024;
/** A predecessor that just ended may hold its port for a moment. */
const LAST_PORT_ATTEMPTS = 10;
const LAST_PORT_PAUSE_MS = 100;

/** Rejects when no port can be had. */
export async function startRelay(order: RelayOrder, tell: (news: RelayNews) => void): Promise<Relay> {
  const sockets = new Set<Socket>();
  const accept = async (target: Socket): Promise<void> => {
    sockets.add(target);
    target.on('error', () => undefined);
    target.on('close', () => sockets.delete(target));
    if (await isAllowed(target, order)) relayBetween(target, order, tell);
    else {
      const from = normal(target.remoteAddress ?? 'nowhere');
      const known = order.target.hosts.join(', ');
      target.destroy();
      tell({
        kind: 'trouble',
        why: `The relay turned away a connection from ${from}: it serves ${order.target.name} (${known}) alone.`,
      });
    }
  };
  const server = createServer({ pauseOnConnect: true, highWaterMark: BUFFER_BYTES }, (target) => {
    accept(target).catch(() => target.destroy());
  });
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listen(server, order);
  return {
    port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** By address, looked up anew each time: a name may have moved. Loopback gets in only where the target is there. */
async function isAllowed(target: Socket, { target: { hosts } }: RelayOrder): Promise<boolean> {
  if (target.remoteAddress === undefined) return false;
  const from = normal(target.remoteAddress);
  const found = await Promise.all(hosts.map((host) => lookup(host, { all: true }).catch(() => [])));
  const known = found.flat().map(({ address }) => normal(address));
  return known.includes(from) || (isLoopback(from) && known.some(isLoopback));
}

/** IPv4 as IPv4, also where it came through an IPv6 socket. */
function normal(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase();
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^127\./.test(normal(address));
}

/** One connection of the target, and the one to the source that belongs to it. */
function relayBetween(target: Socket, order: RelayOrder, tell: (news: RelayNews) => void): void {
  const { address, name } = order.source;
  const stream = new RelayStream();
  const spare: Buffer[] = [];
  const source = connect({
    host: address.host,
    port: address.port,
    timeout: CONNECT_TIMEOUT_MS,
    onread: {
      buffer: () => spare.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (length, buffer) => take(Buffer.from(buffer.buffer, 0, length)),
    },
  });
  let bytes = 0;
  let connected = false;
  for (const socket of [target, source]) {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
  }
  source.on('connect', () => {
    connected = true;
    source.setTimeout(0);
    target.resume();
  });
  source.on('timeout', () => source.destroy(new Error('no answer')));
  source.on('error', (error) => {
    const where = `${name} at ${formatAddress(address)}`;
    const deed = connected ? `The relay lost ${where}` : `The relay does not reach ${where}`;
    tell({ kind: 'trouble', why: `${deed} (${error.message}).` });
  });
  /** false: the target has enough for now. */
  function take(chunk: Buffer): boolean {
    const before = stream.phase;
    bytes += chunk.length;
    target.cork();
    const wrong = stream.push(chunk, (piece) => target.write(piece));
    // Writes are done in order: after an empty one nothing refers to this chunk any more.
    target.write('', () => spare.push(Buffer.from(chunk.buffer)));
    target.uncork();
    if (before === 'replies' && stream.phase !== 'replies') tell({ kind: 'passing' });
    if (wrong === null) return !target.writableNeedDrain;
    tell({ kind: 'trouble', why: `The relay ended the link: ${name} sent ${wrong}.` });
    source.destroy();
    target.destroy();
    return false;
  }
  target.on('drain', () => source.resume());
  // After the handshake a replica says nothing but how far it is (REPLCONF ACK, once a second). A source without
  // offsets has no use for it, and would answer each with an error into the stream: it never gets them.
  target.on('data', (chunk) => {
    if (stream.phase === 'replies' && !source.write(chunk)) target.pause();
  });
  source.on('drain', () => target.resume());
  // What was read before the source went is still handed on.
  source.on('close', () => target.end());
  target.on('close', () => {
    source.destroy();
    tell({ kind: 'ended', bytes, ...stream.counts });
  });
}

/** The port before, then those of the range, or any. Gives the one it got. */
async function listen(server: Server, { host, ports, lastPort }: RelayOrder): Promise<number> {
  const bound = await bindingOf(host);
  const inRange = (port: number): boolean => ports === null || (port >= ports.from && port <= ports.to);
  if (lastPort !== null && inRange(lastPort)) {
    for (let attempt = 0; attempt < LAST_PORT_ATTEMPTS; attempt += 1) {
      if (await tryToListen(server, lastPort, bound)) return lastPort;
      await delay(LAST_PORT_PAUSE_MS);
    }
  }
  const { from, to } = ports ?? { from: 0, to: 0 };
  for (let port = from; port <= to; port += 1) {
    if (!(await tryToListen(server, port, bound))) continue;
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }
  throw new Error(`every port from ${from} to ${to} is taken`);
}

/** The interface that has the address; all of them where none has it, as behind a NAT. Loopback stays loopback. */
async function bindingOf(host: string): Promise<string | undefined> {
  const { address } = await lookup(host);
  const probe = createServer();
  try {
    await listenOn(probe, 0, address);
    return address;
  } catch (error) {
    if (codeOf(error) === 'EADDRNOTAVAIL') return undefined;
    throw error;
  } finally {
    probe.close();
  }
}

/** false: the port is taken. */
async function tryToListen(server: Server, port: number, host: string | undefined): Promise<boolean> {
  try {
    await listenOn(server, port, host);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return false;
    throw error;
  }
}

function listenOn(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
