// POST of a JSON body, signed with HMAC-SHA256 over timestamp and body, so that the receiver can tell that
// it is Ferry and that it is not a replay.

import { createHmac } from 'node:crypto';
import type { Secrets } from '../workflow/ports.ts';

export interface Webhook {
  readonly url: string;
  readonly secretRef: string | null;
  readonly timeoutMs: number;
}

/** `v1=` + hex HMAC-SHA256 of `<timestamp>.<body>`. `timestamp`: epoch seconds as text. */
export function signature(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/** ok: a 2xx answer in time. */
export async function callWebhook(
  webhook: Webhook,
  body: string,
  idempotencyKey: string,
  secrets: Secrets,
): Promise<{ ok: boolean; detail: string }> {
  try {
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const secret = webhook.secretRef === null ? null : await secrets.resolve(webhook.secretRef);
    const response = await fetch(webhook.url, {
      method: 'POST',
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(webhook.timeoutMs),
      headers: {
        'Content-Type': 'application/json',
        'Idempotency-Key': idempotencyKey,
        'X-Ferry-Timestamp': timestamp,
        ...(secret === null ? {} : { 'X-Ferry-Signature': signature(secret, timestamp, body) }),
      },
    });
    await response.body?.cancel();
    return { ok: response.ok, detail: String(response.status) };
  } catch (error) {
    // fetch's own texts name the address, which may hold a token; only the kind of failure is told.
    const late = error instanceof Error && error.name === 'TimeoutError';
    return { ok: false, detail: late ? `no answer within ${webhook.timeoutMs / 1_000} s` : 'not reachable' };
  }
}
