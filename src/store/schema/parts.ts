// The pieces of a record as they are read back: servers, findings, plans, policies, cutovers.
// `satisfies` ties each to its type: a schema that lacks what the type has does not compile.
// Objects are strict: a field that this code does not know belongs to a newer Ferry.

import { z } from 'zod';
import type { Cutover, CutoverOutcome } from '../../migration/cutover.ts';
import type { Finding } from '../../migration/finding.ts';
import type { Address, Identity, Instance } from '../../migration/instance.ts';
import type { HookOutcome, Pair, PairIdentity, WayBack } from '../../migration/migration.ts';
import type { LedgerEntry, Plan, SettingValue } from '../../migration/plan.ts';
import type { Hook, Hooks, Policy } from '../../migration/policy.ts';
import type { Hold, Route } from '../../migration/route.ts';
import { NOT_COUNTED, type Unapplied } from '../../migration/unapplied.ts';
import type { VerificationResult } from '../../migration/verification.ts';
import { forecast } from './transfer.ts';

const side = z.enum(['source', 'target']);
export const address = z.strictObject({
  host: z.string(),
  port: z.number(),
}) satisfies z.ZodType<Address>;

const instance = z.strictObject({
  name: z.string(),
  address,
  replicationAddress: address,
  username: z.string().nullable(),
  passwordRef: z.string().nullable(),
  tls: z.strictObject({ caRef: z.string().nullable(), servername: z.string().nullable() }).nullable(),
  environment: z.string(),
}) satisfies z.ZodType<Instance>;

export const pair = z.strictObject({ source: instance, target: instance }) satisfies z.ZodType<Pair>;

export const identity = z.strictObject({
  runId: z.string(),
  product: z.enum(['redis', 'valkey']),
  version: z.string(),
}) satisfies z.ZodType<Identity>;

export const pairIdentity = z.strictObject({
  source: identity,
  target: identity,
}) satisfies z.ZodType<PairIdentity>;

export const finding = z.strictObject({
  check: z.string(),
  severity: z.enum(['blocker', 'confirm', 'warning', 'ok']),
  title: z.string(),
  message: z.string(),
  hint: z.string(),
}) satisfies z.ZodType<Finding>;

const settingValue = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ ref: z.string() }),
]) satisfies z.ZodType<SettingValue>;

export const ledgerEntry = z.strictObject({
  pair: z.number(),
  side,
  name: z.string(),
  was: settingValue,
  now: settingValue,
  state: z.enum(['intended', 'set', 'restored', 'foreign']),
}) satisfies z.ZodType<LedgerEntry>;

const route = z.strictObject({
  through: z.enum(['direct', 'relay']),
  fence: z.enum(['pause', 'acl', 'password']),
  proof: z.enum(['offset', 'marker']),
  demotion: z.enum(['follow', 'set-aside', 'password']),
}) satisfies z.ZodType<Route>;

const hold = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pause') }),
  z.strictObject({
    kind: z.literal('password'),
    was: settingValue,
    now: z.strictObject({ ref: z.string() }),
  }),
  z.strictObject({
    kind: z.literal('acl'),
    users: z.array(z.strictObject({ name: z.string(), rules: z.string() })),
  }),
]) satisfies z.ZodType<Hold>;

export const plan = z.strictObject({
  digest: z.string(),
  madeAt: z.number(),
  findings: z.array(finding),
  pairs: z.array(
    z.strictObject({
      source: identity,
      target: identity,
      sourceUsedMemoryBytes: z.number(),
      sourceKeys: z.number(),
      dropsKeys: z.number(),
      settings: z.array(
        z.strictObject({ pair: z.number(), side, name: z.string(), to: settingValue, why: z.string() }),
      ),
      route,
      wayBack: z.strictObject({ possible: z.boolean(), why: z.string() }),
      // A plan of before it was read.
      refusedBefore: z.number().nullable().default(null),
      forecast: forecast.nullable(),
    }),
  ),
  predictedFenceMs: z.number(),
}) satisfies z.ZodType<Plan>;

const hook = z.strictObject({
  webhook: z.string().nullable(),
  command: z.array(z.string()).nullable(),
  secretRef: z.string().nullable(),
  timeoutMs: z.number(),
  mayVeto: z.boolean(),
}) satisfies z.ZodType<Hook>;

export const hooks = z.strictObject({
  beforeCutover: hook.nullable(),
  switch: hook.nullable(),
}) satisfies z.ZodType<Hooks>;

const latencyLimit = z.strictObject({ p99Ms: z.number(), forMs: z.number() });

export const policy = z.strictObject({
  environment: z.string(),
  channel: z.string().nullable(),
  start: z.enum(['button', 'auto']),
  approvals: z.number(),
  approvers: z.array(z.string()),
  operators: z.array(z.string()),
  requesterMayApprove: z.boolean(),
  approvalLifetimeMs: z.number(),
  window: z
    .strictObject({
      zone: z.string(),
      days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])),
      from: z.string(),
      to: z.string(),
    })
    .nullable(),
  latency: z.strictObject({
    stallMs: z.number(),
    strained: latencyLimit,
    breached: latencyLimit,
    onBreach: z.enum(['notify', 'hold', 'abort']),
  }),
  cutover: z.strictObject({
    fenceMs: z.number(),
    maxLagBytes: z.number(),
    attempts: z.number(),
    countdownMs: z.number(),
    disconnectOldClients: z.boolean(),
  }),
  verification: z.enum(['counts', 'sample', 'full']),
  verificationPace: z.enum(['gentle', 'fast']),
  watch: z.strictObject({ forMs: z.number(), atEnd: z.enum(['ask', 'complete']) }),
  rehearsal: z.boolean(),
}) satisfies z.ZodType<Policy>;

export const verification = z.strictObject({
  level: z.enum(['counts', 'sample', 'full']),
  basis: z.enum(['both', 'one', 'drawn', 'counts']),
  startedAt: z.number(),
  finishedAt: z.number(),
  comparedKeys: z.number(),
  comparedBytes: z.number(),
  sourceKeys: z.number(),
  targetKeys: z.number(),
  differences: z.array(
    z.strictObject({
      db: z.number(),
      key: z.string(),
      what: z.enum(['missing', 'extra', 'type', 'value', 'expiry']),
      detail: z.string(),
    }),
  ),
  differenceCount: z.number(),
  unsettledCount: z.number(),
  unsettled: z.array(z.string()),
}) satisfies z.ZodType<VerificationResult>;

const direction = z.enum(['forward', 'back']);

export const cutover = z.strictObject({
  direction,
  attempt: z.number(),
  order: z.enum(['demote-first', 'promote-first']),
  step: z.enum(['fencing', 'demoting', 'undoing', 'promoting']),
  beganAt: z.number(),
  deadline: z.number(),
  fenceMs: z.number(),
  offsets: z.array(
    z.strictObject({
      fenced: z.number().nullable(),
      final: z.number().nullable(),
      markerSeen: z.boolean(),
    }),
  ),
  holds: z.array(hold),
  undoReason: z.string().nullable(),
}) satisfies z.ZodType<Cutover>;

export const cutoverOutcome = z.strictObject({
  direction,
  attempt: z.number(),
  fencedAt: z.number(),
  fenceTimeMs: z.number().nullable(),
  finalOffsets: z.array(z.number().nullable()),
  holds: z.array(hold.nullable()),
  moments: z.array(
    z.strictObject({
      what: z.enum([
        'fenced',
        'reached',
        'demoted',
        'final-reached',
        'promoted',
        'set-aside',
        'lifted',
        'recovered',
      ]),
      pair: z.number(),
      afterMs: z.number(),
      offset: z.number().nullable(),
    }),
  ),
}) satisfies z.ZodType<CutoverOutcome>;

export const wayBack = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('open'), lagBytes: z.number().nullable() }),
  z.strictObject({ state: z.literal('closed'), why: z.string() }),
]) satisfies z.ZodType<WayBack>;

export const unapplied = z
  .strictObject({ times: z.number(), counted: z.boolean(), since: z.number().nullable() })
  // A record of before it was counted: not known is not none (I10).
  .default(NOT_COUNTED) satisfies z.ZodType<Unapplied>;

export const hookOutcome = z.strictObject({
  hook: z.enum(['beforeCutover', 'switch']),
  ok: z.boolean(),
  detail: z.string(),
  tookMs: z.number(),
}) satisfies z.ZodType<HookOutcome>;
