// Meets a server in the first milliseconds after its start: dials again and again, and the first bytes that it reads
// hold its clients' writes for a second, renewed until somebody has decided about it. Changes nothing that lasts.

import { lookup as lookUp } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { Instance } from '../migration/instance.ts';
import type { DialOptions, FirstWord, Ownership, Secrets } from '../workflow/ports.ts';
import { connectionName } from './connect.ts';
import { identityOf, isLoading, parseInfo, primaryLinkOf } from './info.ts';
import { type Command, encodeCommands } from './wire/command.ts';
import { ReplyParser } from './wire/parser.ts';
import { ErrorReply, type Reply } from './wire/reply.ts';

/** A server that is being started refuses a connection at once, so the next attempt may follow at once. */
const REDIAL_MS = 1;
/** For so long; a server that is away for longer is met a little later. */
const PATIENCE_MS = 60_000;
const FAR_REDIAL_MS = 50;
/** A host that is away refuses nothing, and its kernel would try again only after a second. */
const CONNECT_WITHIN_MS = 250;
/** Old versions answer late while they load. */
const ANSWER_WITHIN_MS = 3_000;
/** It ends by itself: a process that is late with it does no lasting harm. */
const HOLD_MS = 1_000;
const RENEW_MS = 250;
/** Between two words to a server that loads. */
const LOADING_MS = 20;
const NAME_LIFE_MS = 1_000;
const MAX_REPLY_BYTES = 1024 * 1024;

/** See the port. Rejects with what `secrets` rejects with, too. */
export async function dial(
  instance: Instance,
  secrets: Secrets,
  owner: Ownership,
  options: DialOptions,
): Promise<FirstWord> {
  const open = await opener(instance, secrets);
  const greeting = await greetingOf(instance, secrets, owner);
  const startedMs = performance.now();
  let holds = options.holds === 'at-once';
  for (;;) {
    options.signal.throwIfAborted();
    options.assertOwner();
    const word = await new Talk(open(), greeting, holds, options).word;
    if (word !== null) return word;
    holds = options.holds !== 'never';
    const isFar = performance.now() - startedMs > PATIENCE_MS;
    await delay(isFar ? FAR_REDIAL_MS : REDIAL_MS, undefined, { signal: options.signal });
  }
}

interface Line {
  readonly socket: Socket;
  /** After it the first bytes may be written. */
  readonly ready: 'connect' | 'secureConnect';
}

async function opener({ address, tls }: Instance, secrets: Secrets): Promise<() => Line> {
  const to = { ...address, lookup: rememberedLookup() };
  if (tls === null) return () => ({ socket: connectTcp(to), ready: 'connect' });
  const ca = tls.caRef ? await secrets.resolve(tls.caRef) : null;
  const secure = {
    ...to,
    ...(ca === null ? {} : { ca }),
    ...(tls.servername === null ? {} : { servername: tls.servername }),
  };
  return () => ({ socket: connectTls(secure), ready: 'secureConnect' });
}

/** A name is not looked up a thousand times a second. */
function rememberedLookup(): LookupFunction {
  let known: { readonly atMs: number; readonly found: Parameters<Parameters<LookupFunction>[2]> } | null =
    null;
  return (name, options, give) => {
    const last = known;
    if (last !== null && performance.now() - last.atMs < NAME_LIFE_MS) {
      process.nextTick(() => give(...last.found));
      return;
    }
    lookUp(name, options, (...found) => {
      known = { atMs: performance.now(), found };
      give(...found);
    });
  };
}

interface Greeting {
  readonly login: readonly Command[];
  readonly name: string;
}

async function greetingOf(
  { username, passwordRef }: Instance,
  secrets: Secrets,
  owner: Ownership,
): Promise<Greeting> {
  const name = connectionName(owner);
  if (passwordRef === null) return { login: [], name };
  const password = await secrets.resolve(passwordRef);
  return { login: [['AUTH', ...(username === null ? [] : [username]), password]], name };
}

/** One connection, from its first word until `end`. */
class Talk {
  /** null: nothing came of it, and the server may be dialled again. Rejects when this process may not go on. */
  readonly word: Promise<FirstWord | null>;
  readonly #socket: Socket;
  readonly #greeting: Greeting;
  readonly #options: DialOptions;
  readonly #holds: boolean;
  #held = false;
  /** The commands whose replies are due, in order. */
  readonly #due: Command[] = [];
  #timer: NodeJS.Timeout;
  readonly #settle: (word: FirstWord | null) => void;
  readonly #fail: (reason: unknown) => void;

  constructor({ socket, ready }: Line, greeting: Greeting, holds: boolean, options: DialOptions) {
    const { promise, resolve, reject } = deferred<FirstWord | null>();
    this.word = promise;
    this.#settle = resolve;
    this.#fail = reject;
    this.#socket = socket;
    this.#greeting = greeting;
    this.#holds = holds;
    this.#options = options;
    this.#timer = setTimeout(() => this.#end(), CONNECT_WITHIN_MS);
    const parser = new ReplyParser(MAX_REPLY_BYTES, (reply) => this.#hear(reply));
    const hangUp = () => this.#end();
    options.signal.addEventListener('abort', hangUp, { once: true });
    socket.setNoDelay(true);
    socket.once(ready, () => this.#greet());
    socket.on('data', (chunk: Buffer) => {
      try {
        parser.feed(chunk);
      } catch {
        this.#end();
      }
    });
    // Whatever it was, the next attempt tells more.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      options.signal.removeEventListener('abort', hangUp);
      this.#end();
    });
  }

  #greet(): void {
    const { login, name } = this.#greeting;
    const hold = this.#holds ? [HOLD] : [];
    this.#say([...login, ...hold, ['CLIENT', 'SETNAME', name], ['INFO']]);
    this.#after(ANSWER_WITHIN_MS, () => this.#end());
  }

  #renew(): void {
    this.#say([HOLD]);
    this.#after(RENEW_MS, () => this.#renew());
  }

  /** In one write. Nothing is sent by a process that may not act any more (I8). */
  #say(commands: readonly Command[]): void {
    try {
      this.#options.assertOwner();
    } catch (error) {
      this.#fail(error);
      this.#end();
      return;
    }
    this.#due.push(...commands);
    this.#socket.write(encodeCommands(commands));
  }

  #hear(reply: Reply): boolean {
    const [name, word] = this.#due.shift() ?? [''];
    if (word === 'PAUSE') this.#held = !(reply instanceof ErrorReply);
    if (name === 'INFO') this.#meet(reply);
    return true;
  }

  #meet(reply: Reply): void {
    const info = Buffer.isBuffer(reply) ? parseInfo(reply.toString('utf8')) : null;
    const isPrimary = info !== null && primaryLinkOf(info) === null;
    // 2.4 lets nobody log in while it loads, so nothing is said about it: whoever asks next sees to that.
    if (info !== null && isLoading(info)) {
      this.#after(LOADING_MS, () => this.#greet());
      return;
    }
    const held = this.#held;
    if (held && isPrimary) this.#after(RENEW_MS, () => this.#renew());
    else clearTimeout(this.#timer);
    const runId = info === null ? null : identityOf(info, Date.now()).runId;
    this.#settle({ runId, isPrimary, held, end: () => this.#end() });
  }

  #after(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#socket.destroy();
    this.#settle(null);
  }
}

const HOLD: Command = ['CLIENT', 'PAUSE', HOLD_MS, 'WRITE'];

function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}
