// Fetches files over HTTP(S) and refuses any whose checksum is not the expected one.
// Never keeps or hands on a byte that was not checked, unless asked for an unchecked file by name.

import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { FerryError } from '../../migration/errors.ts';

const ATTEMPTS = 3;
const ATTEMPT_TIMEOUT_MS = 120_000;

/** The body of `url`. Null when the server says that there is no such file; other trouble is tried three times. */
export async function download(url: string): Promise<Buffer | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS) });
      if (response.status === 404 || response.status === 410) return null;
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      return Buffer.from(await response.arrayBuffer());
    } catch (cause) {
      if (attempt === ATTEMPTS) {
        throw new FerryError('download-failed', `Could not fetch ${url}: ${reasonOf(cause)}.`, {
          hint: 'Check that this machine reaches its package mirror, or set REDIS_BIN_DIR.',
          cause,
        });
      }
      await delay(500 * attempt);
    }
  }
}

/** Like download, and throws `checksum-mismatch` unless the body has this SHA256. */
export async function downloadChecked(url: string, sha256: string): Promise<Buffer> {
  const body = await download(url);
  if (body === null) throw new FerryError('download-missing', `The package mirror has no ${url}.`);
  requireSha256(body, sha256, url);
  return body;
}

export function requireSha256(body: Buffer, expected: string, what: string): void {
  const actual = createHash('sha256').update(body).digest('hex');
  if (actual === expected) return;
  throw new FerryError(
    'checksum-mismatch',
    `${what} has SHA256 ${actual}, its index says ${expected}. Not used.`,
    {
      hint: 'The mirror may be in the middle of an update: try again in a few minutes.',
    },
  );
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? `${cause.message} (${cause.cause.message})` : cause.message;
}
