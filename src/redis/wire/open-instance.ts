// Opens a raw connection to a server of the inventory. Secrets are resolved here and kept nowhere (I9).

import { formatAddress, type Instance } from '../../migration/instance.ts';
import type { Secrets } from '../../workflow/ports.ts';
import { openWire, type WireConnection } from './connection.ts';

export interface OpenInstanceOptions {
  readonly name: string;
  readonly connectTimeoutMs?: number;
  readonly silenceTimeoutMs?: number;
  readonly maxReplyBytes?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A server that is busy with one long command is waited for; this is no cutover. */
const SILENCE_TIMEOUT_MS = 10_000;
const MAX_REPLY_BYTES = 64 * 1024 * 1024;

/** Rejects with a FerryError of the connection, or what `secrets` rejects with. */
export async function openInstance(
  instance: Instance,
  secrets: Secrets,
  options: OpenInstanceOptions,
): Promise<WireConnection> {
  const { address, username, passwordRef, tls } = instance;
  const ca = tls?.caRef ? await secrets.resolve(tls.caRef) : null;
  return openWire({
    who: `${instance.name} (${formatAddress(address)})`,
    address,
    tls: tls === null ? null : { ca, servername: tls.servername },
    username,
    password: passwordRef === null ? null : await secrets.resolve(passwordRef),
    name: options.name,
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    silenceTimeoutMs: options.silenceTimeoutMs ?? SILENCE_TIMEOUT_MS,
    maxReplyBytes: options.maxReplyBytes ?? MAX_REPLY_BYTES,
  });
}
