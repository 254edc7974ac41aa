// The kinds of value that ferry.yaml is made of, each parsed into what the rest of Ferry uses.
// A message echoes a value only where no secret can stand (I9); examples live in examples.ts.

import { z } from 'zod';
import type { Address } from '../migration/instance.ts';
import { formatDuration, formatSize, parseDurationMs, parseSizeBytes } from '../migration/units.ts';
import { didYouMean, showValue } from './mistakes.ts';
import { isReference, referenceProblem, type Variables } from './secrets.ts';

type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** A field whose text is read by `read`; a missing one is reported by explain.ts as missing. */
function field<T>(read: (value: unknown) => Parsed<T>) {
  return z.unknown().transform((value, context): T => {
    const parsed = value === undefined || value === null ? { problem: '' } : read(value);
    if ('value' in parsed) return parsed.value;
    context.issues.push({ code: 'custom', message: parsed.problem, input: value });
    return z.NEVER;
  });
}

/** A text field; `read` gets the trimmed text. */
function textField<T>(read: (text: string) => Parsed<T>) {
  return field((value) =>
    typeof value === 'string' ? read(value.trim()) : { problem: 'This must be text.' },
  );
}

export interface DurationLimits {
  readonly minMs: number;
  readonly maxMs: number;
  /** Why it may not be longer, as a sentence. */
  readonly whyMax?: string;
}

/** `250ms`, `10s`, `30m`, `1h` to whole milliseconds within the limits (both included). */
export function duration(limits: DurationLimits) {
  return field((value): Parsed<number> => {
    const durationMs = typeof value === 'string' ? parseDurationMs(value) : null;
    if (durationMs === null) {
      return {
        problem: `${capital(showValue(value))} is not a duration: write a number with ms, s, m or h.`,
      };
    }
    if (durationMs >= limits.minMs && durationMs <= limits.maxMs) return { value: durationMs };
    const isShort = durationMs < limits.minMs;
    const range = `It may be ${formatDuration(limits.minMs)} to ${formatDuration(limits.maxMs)}.`;
    const why = isShort || limits.whyMax === undefined ? '' : ` ${limits.whyMax}`;
    return { problem: `${showValue(value)} is ${isShort ? 'too short' : 'too long'}. ${range}${why}` };
  });
}

/** `64kb`, `1mb`, `4gb`, or a number of bytes. */
export function size(minBytes: number, maxBytes: number) {
  return field((value): Parsed<number> => {
    const isSizeLike = typeof value === 'string' || typeof value === 'number';
    const bytes = isSizeLike ? parseSizeBytes(value) : null;
    if (bytes === null) {
      return {
        problem: `${capital(showValue(value))} is not a size: write a number with kb, mb or gb, or bytes.`,
      };
    }
    if (bytes >= minBytes && bytes <= maxBytes) return { value: bytes };
    return { problem: `${showValue(value)} is outside ${formatSize(minBytes)} to ${formatSize(maxBytes)}.` };
  });
}

/** A whole number within the limits (both included). */
export function count(min: number, max: number) {
  return field((value): Parsed<number> => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max)
      return { value };
    return { problem: `${capital(showValue(value))} is not a whole number from ${min} to ${max}.` };
  });
}

/** `env:NAME` or `file:/path`; what it names must be there when Ferry starts. */
export function reference(variables: Variables | null) {
  return field((value): Parsed<string> => {
    const text = typeof value === 'string' ? value.trim() : '';
    if (!isReference(text)) {
      return {
        problem:
          'Secrets and files are given by reference, env:NAME or file:/path; what stands here is neither.',
      };
    }
    const problem = variables === null ? null : referenceProblem(text, variables);
    return problem === null ? { value: text } : { problem };
  });
}

export interface ServerUrl {
  readonly address: Address;
  readonly isTls: boolean;
}

/** `redis://host:port` or `rediss://host:port`; nothing else may stand in it. */
export function serverUrl() {
  return textField((text): Parsed<ServerUrl> => {
    // A password that belongs in no URL must not be hidden by one that does not parse.
    if (/:\/\/.*:.*@/.test(text)) {
      return {
        problem:
          'This URL contains a password. Take it out, change it on the server, and give it by reference: password: env:NAME.',
      };
    }
    if (/:\/\/.*@/.test(text)) {
      return { problem: 'This URL contains a user name. It belongs in its own line: username: ferry.' };
    }
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url === null || (url.protocol !== 'redis:' && url.protocol !== 'rediss:') || url.hostname === '') {
      return { problem: 'This is not an address of the form redis://host:port or rediss://host:port (TLS).' };
    }
    if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '') {
      return {
        problem: 'This URL says more than host and port. Ferry moves a whole server, all its databases.',
      };
    }
    const port = url.port === '' ? 6379 : Number(url.port);
    if (port === 0) return { problem: 'Port 0 is no address.' };
    return {
      value: { address: { host: withoutBrackets(url.hostname), port }, isTls: url.protocol === 'rediss:' },
    };
  });
}

/** `host:port`, an IPv6 host in brackets. */
export function hostAndPort() {
  return textField((text): Parsed<Address> => {
    const match = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+):(\d{1,5})$/i.exec(text);
    const port = Number(match?.[2]);
    if (match?.[1] === undefined || port < 1 || port > 65_535) {
      return { problem: 'This is not an address of the form host:port.' };
    }
    return { value: { host: withoutBrackets(match[1]), port } };
  });
}

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** `17000-17099`, or one port. */
export function portRange() {
  return field((value): Parsed<PortRange> => {
    const [, first, second] = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(String(value).trim()) ?? [];
    const from = Number(first);
    const to = Number(second ?? first);
    if (first === undefined || from < 1 || to > 65_535) {
      return { problem: 'This is not a range of ports from 1 to 65535.' };
    }
    if (to < from) return { problem: `This range ends (${to}) before it begins (${from}).` };
    return { value: { from, to } };
  });
}

/** A Slack id; `what` names the kind, for the message. */
export function slackId(pattern: RegExp, what: string) {
  return textField((text): Parsed<string> => {
    if (pattern.test(text)) return { value: text };
    return {
      problem: `${capital(showValue(text))} is not ${what}. Slack shows the id, not the name, in its details.`,
    };
  });
}

/** One of a few words, with a guess at what was meant. */
export function oneOf<const T extends string>(words: readonly T[]) {
  return field((value): Parsed<T> => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return { value: found };
    const guess = typeof value === 'string' ? didYouMean(value, words) : '';
    return { problem: `${capital(showValue(value))} is not one of ${words.join(', ')}.${guess}` };
  });
}

/** Text that a pattern accepts; `problem` must not need the value. */
export function text(pattern: RegExp, problem: string) {
  return textField((value): Parsed<string> => (pattern.test(value) ? { value } : { problem }));
}

export function timeZone() {
  return textField((name): Parsed<string> => {
    if (isTimeZone(name)) return { value: name };
    const guess = didYouMean(name, Intl.supportedValuesOf('timeZone'));
    return { problem: `${capital(showValue(name))} is not a time zone of the IANA list.${guess}` };
  });
}

/** An `https://` or `http://` address; its path may be a secret, so it is never repeated. */
export function webhookUrl() {
  return textField((value): Parsed<string> => {
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
      return { problem: 'This is not a complete address of the form https://host/path.' };
    }
    if (url.username !== '' || url.password !== '') {
      return {
        problem: 'This URL contains a user name or a password. Sign the hook instead: secret: env:NAME.',
      };
    }
    return { value };
  });
}

/** Offsets such as +01:00 are no zones: they do not know about summer time. */
function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
