// Delivery by signed HTTP requests to the app's events URL.
import { createHmac } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { Ack, Delivery, Envelope } from './delivery.ts';
import { parseJson } from './json.ts';

/** Slack's v0 signature of a request. */
export function sign(secret: string, timestampSeconds: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestampSeconds}:${body}`).digest('hex')}`;
}

export class HttpDelivery implements Delivery {
  readonly #url: string;
  readonly #secret: string;
  readonly #clock: Clock;

  constructor(url: string, signingSecret: string, clock: Clock) {
    this.#url = url;
    this.#secret = signingSecret;
    this.#clock = clock;
  }

  async deliver(envelope: Envelope, timeoutMs: number): Promise<Ack> {
    const startedMs = performance.now();
    const tookMs = () => performance.now() - startedMs;
    try {
      const response = await fetch(this.#url, {
        ...this.#request(envelope),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      if (response.status !== 200) return { status: 'failed', body: text, tookMs: tookMs() };
      return { status: 'acked', body: text === '' ? undefined : (parseJson(text) ?? text), tookMs: tookMs() };
    } catch (error) {
      const isTimeout = error instanceof Error && error.name === 'TimeoutError';
      return { status: isTimeout ? 'timeout' : 'failed', body: undefined, tookMs: tookMs() };
    }
  }

  #request(envelope: Envelope): { method: string; headers: Record<string, string>; body: string } {
    const isEvent = envelope.type === 'events_api';
    const body = isEvent ? JSON.stringify(envelope.payload) : formOf(envelope);
    const timestamp = Math.floor(this.#clock.nowMs() / 1000);
    const headers: Record<string, string> = {
      'content-type': isEvent ? 'application/json' : 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(timestamp),
      'x-slack-signature': sign(this.#secret, timestamp, body),
    };
    if (envelope.retryAttempt !== undefined) {
      headers['x-slack-retry-num'] = String(envelope.retryAttempt);
      headers['x-slack-retry-reason'] = 'http_timeout';
    }
    return { method: 'POST', headers, body };
  }
}

/** A command's fields stand for themselves; everything interactive is one field of JSON. */
function formOf(envelope: Envelope): string {
  if (envelope.type === 'interactive') {
    return new URLSearchParams({ payload: JSON.stringify(envelope.payload) }).toString();
  }
  const fields = Object.entries(envelope.payload).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return new URLSearchParams(fields).toString();
}
