// How Slack is reached: which clients there are, and what each kind of failure of a call means.
// No client retries by itself: a lost reply would be posted twice, and one 429 would hold every call.

import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
  type WebClientOptions,
} from '@slack/web-api';
import type { Logger } from '../workflow/ports.ts';
import { boltLogger, redact } from './logger.ts';

export interface SlackAccess {
  readonly botToken: string;
  /** null: Slack's own. */
  readonly apiUrl: string | null;
}

const CALL_TIMEOUT_MS = 10_000;

/** Options for one client; a new object each time, because Bolt changes the one it is given. */
export function clientOptions(access: SlackAccess, logger: Logger): WebClientOptions {
  return {
    ...(access.apiUrl === null ? {} : { slackApiUrl: access.apiUrl }),
    logger: boltLogger(logger),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: CALL_TIMEOUT_MS,
  };
}

export function webClient(access: SlackAccess, logger: Logger): WebClient {
  return new WebClient(access.botToken, clientOptions(access, logger));
}

/**
 * away: no answer, or Slack's own trouble: try the same again later
 * limited: too many calls: wait that long
 * refused: Slack's answer, by its error code
 * ours: not a failure of the call at all; Ferry's Redis, or a record that this version cannot read
 */
export type CallFailure =
  | { readonly kind: 'away'; readonly why: string }
  | { readonly kind: 'limited'; readonly waitMs: number }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'ours'; readonly why: string };

/** Answers that mean that Slack is in trouble, not that the call is wrong. */
const SLACKS_OWN = new Set([
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
]);

/** Total: whatever was thrown around a call is one of the four. */
export function failureOf(error: unknown): CallFailure {
  if (error instanceof WebAPIRateLimitedError) return { kind: 'limited', waitMs: error.retryAfter * 1000 };
  if (error instanceof WebAPIPlatformError) {
    const code = error.data.error;
    if (code === 'ratelimited') return { kind: 'limited', waitMs: 5_000 };
    return SLACKS_OWN.has(code) ? { kind: 'away', why: code } : { kind: 'refused', error: code };
  }
  if (error instanceof WebAPIHTTPError) return { kind: 'away', why: `HTTP ${error.statusCode}` };
  if (error instanceof WebAPIRequestError) return { kind: 'away', why: 'no answer' };
  return { kind: 'ours', why: error instanceof Error ? redact(error.message) : 'unknown' };
}

/** The error code when Slack refused, else null. */
export function refusedAs(error: unknown): string | null {
  const failure = failureOf(error);
  return failure.kind === 'refused' ? failure.error : null;
}
