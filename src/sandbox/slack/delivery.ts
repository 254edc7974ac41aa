// How something that a person did reaches the app, whichever way it is connected.
import type { JsonObject } from './json.ts';

export interface Envelope {
  readonly type: 'slash_commands' | 'interactive' | 'events_api';
  readonly payload: JsonObject;
  /** True where the app may answer with content: a command, a submission, a request for options. */
  readonly acceptsResponse: boolean;
  /** Slack's own count of deliveries of an event, from 1 for the first repetition. */
  readonly retryAttempt?: number;
}

export interface Ack {
  /** `failed`: nobody took it, or the answer was an error. `refused`: Slack itself did not deliver it. */
  readonly status: 'acked' | 'timeout' | 'failed' | 'refused';
  /** What the app answered with, parsed where it was JSON; undefined for a bare acknowledgement. */
  readonly body: unknown;
  readonly tookMs: number;
}

export interface Delivery {
  /** Never rejects: what goes wrong is the ack's status. */
  deliver(envelope: Envelope, timeoutMs: number): Promise<Ack>;
}
