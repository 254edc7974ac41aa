// The shape of ferry.yaml: every setting, its kind, its limits and its default.
// What spans several settings is in rules.ts; how a mistake is told, in explain.ts.

import { z } from 'zod';
import {
  count,
  duration,
  hostAndPort,
  oneOf,
  portRange,
  reference,
  serverUrl,
  size,
  slackId,
  text,
  timeZone,
  webhookUrl,
} from './fields.ts';
import type { Variables } from './secrets.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const GIGABYTE = 1024 ** 3;

export const NAME_PATTERN = /^[a-z0-9][a-z0-9._-]*$/;

const anyLatency = { minMs: 1, maxMs: MINUTE_MS };
const anyPeriod = { minMs: SECOND_MS, maxMs: HOUR_MS };
const person = () => slackId(/^[SUW][A-Z0-9]{3,}$/, 'the id of a user group (S…) or of a user (U… or W…)');
const channel = () => slackId(/^[CG][A-Z0-9]{3,}$/, 'the id of a channel (C… or G…)');

/** One entry of `instances`. `variables` null: references are not looked up (the bot needs no passwords). */
export function instanceSchema(variables: Variables | null) {
  return z.strictObject({
    url: serverUrl(),
    replicationAddress: hostAndPort().optional(),
    username: text(/^\S{1,100}$/, 'This is not a user name: it is empty or has a space.').optional(),
    password: reference(variables).optional(),
    tls: z
      .strictObject({
        ca: reference(variables).optional(),
        servername: text(/^[a-z0-9][a-z0-9._-]*$/i, 'This is not a host name.').optional(),
      })
      .optional(),
    environment: text(NAME_PATTERN, 'This is not the name of an environment.').prefault('default'),
    shards: z
      .array(z.strictObject({ url: serverUrl(), replicationAddress: hostAndPort().optional() }))
      .optional(),
  });
}

const strained = z.strictObject({
  p99: duration(anyLatency).prefault('50ms'),
  for: duration(anyPeriod).prefault('10s'),
});

const breached = z.strictObject({
  p99: duration(anyLatency).prefault('250ms'),
  for: duration(anyPeriod).prefault('30s'),
});

const cutover = z.strictObject({
  fence: duration({
    minMs: 200,
    maxMs: 4 * SECOND_MS,
    whyMax: "A timed fence ends by itself after 5s on the server, and Ferry's own limit must come first.",
  }).prefault('2s'),
  maxLag: size(1, GIGABYTE).prefault('1mb'),
  attempts: count(1, 10).prefault(3),
  countdown: duration({ minMs: 0, maxMs: 10 * MINUTE_MS }).prefault('0s'),
  disconnectOldClients: z.boolean().default(false),
});

const TIME_PATTERN = /^([01]\d|2[0-3]):[0-5]\d$/;
const timeOfDay = () =>
  text(TIME_PATTERN, 'This is not a time of day from 00:00 to 23:59, with two digits each.');

/** One entry of `environments`. */
export const environmentSchema = z.strictObject({
  channel: channel().optional(),
  start: oneOf(['button', 'auto']).prefault('button'),
  approvals: count(1, 20).prefault(1),
  approvers: z.array(person()).default([]),
  operators: z.array(person()).default([]),
  requesterMayApprove: z.boolean().default(false),
  approvalLifetime: duration({ minMs: MINUTE_MS, maxMs: 24 * HOUR_MS }).prefault('30m'),
  window: z
    .strictObject({
      zone: timeZone(),
      days: z
        .array(oneOf(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
        .min(1)
        .default(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']),
      from: timeOfDay(),
      to: timeOfDay(),
    })
    .optional(),
  latency: z
    .strictObject({
      stall: duration(anyLatency).prefault('100ms'),
      strained: strained.prefault({}),
      breached: breached.prefault({}),
      onBreach: oneOf(['notify', 'hold', 'abort']).prefault('hold'),
    })
    .prefault({}),
  cutover: cutover.prefault({}),
  verification: oneOf(['counts', 'sample', 'full']).prefault('sample'),
  verificationPace: oneOf(['gentle', 'fast']).prefault('gentle'),
  watch: z
    .strictObject({
      for: duration({ minMs: SECOND_MS, maxMs: 168 * HOUR_MS }).prefault('30m'),
      atEnd: oneOf(['ask', 'complete']).prefault('ask'),
    })
    .prefault({}),
  rehearsal: z.boolean().default(false),
});

/** `hooks`; exactly one of webhook and command is a rule. */
export function hooksSchema(variables: Variables | null) {
  const hook = (timeout: string) =>
    z.strictObject({
      webhook: webhookUrl().optional(),
      command: z.array(text(/^\S/, 'This part of the command is empty.')).min(1).optional(),
      secret: reference(variables).optional(),
      timeout: duration({ minMs: 100, maxMs: 10 * MINUTE_MS }).prefault(timeout),
      mayVeto: z.boolean().default(false),
    });
  return z.strictObject({ beforeCutover: hook('5s').optional(), switch: hook('30s').optional() });
}

export const slackSchema = z.strictObject({
  command: text(/^\/[a-z0-9_-]{1,31}$/, 'This is not a slash command: / and lower case letters.').prefault(
    '/redis',
  ),
  blocks: oneOf(['auto', 'rich', 'classic']).prefault('auto'),
  channel: channel().optional(),
});

/** `relay`: where targets reach this worker when a source of 2.4 or 2.6 needs one. */
export const relaySchema = z.strictObject({
  host: text(
    /^([a-z0-9][a-z0-9._-]*|[0-9a-f:.]*:[0-9a-f:.]+)$/i,
    'This is not a host name or an address.',
  ).optional(),
  ports: portRange().optional(),
});

/** The five sections; each is checked by itself so that all mistakes are found at once. */
export const fileSchema = z.strictObject({
  instances: z.record(z.string(), z.unknown()),
  environments: z.record(z.string(), z.unknown()).default({}),
  hooks: z.unknown().optional(),
  slack: z.unknown().optional(),
  relay: z.unknown().optional(),
});

export type InstanceEntry = z.output<ReturnType<typeof instanceSchema>>;
export type EnvironmentEntry = z.output<typeof environmentSchema>;
export type HooksEntry = z.output<ReturnType<typeof hooksSchema>>;
export type HookEntry = NonNullable<HooksEntry['switch']>;
export type SlackEntry = z.output<typeof slackSchema>;
export type RelayEntry = z.output<typeof relaySchema>;
