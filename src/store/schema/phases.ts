// A schema per phase: each holds only what exists in that phase, as src/migration/migration.ts says.

import { z } from 'zod';
import type { Approval } from '../../migration/approval.ts';
import type { Migration, Phase, State, StateOf } from '../../migration/migration.ts';
import { latencyRecord } from './latency.ts';
import {
  address,
  cutover,
  cutoverOutcome,
  finding,
  hookOutcome,
  hooks,
  ledgerEntry,
  pair,
  pairIdentity,
  plan,
  policy,
  unapplied,
  verification,
  wayBack,
} from './parts.ts';
import { rehearsal } from './rehearsal.ts';
import { transfer, transferBegun } from './transfer.ts';

const phaseName = z.enum([
  'surveying',
  'refused',
  'planned',
  'syncing',
  'following',
  'cutting-over',
  'watching',
  'reverting',
  'reverted',
  'completed',
  'aborting',
  'aborted',
  'needs-human',
]) satisfies z.ZodType<Phase>;

const approvals = z.array(z.strictObject({ user: z.string(), at: z.number() }) satisfies z.ZodType<Approval>);

const started = {
  plan,
  identities: z.array(pairIdentity),
  startedBy: z.string(),
  startedAt: z.number(),
};

const cutOver = {
  ...started,
  verification,
  approvals,
  outcome: cutoverOutcome,
  switchHook: hookOutcome.nullable(),
  oldClientsGoneAt: z.number().nullable(),
  unapplied,
};

const byHand = z.strictObject({ by: z.string(), at: z.number() }).nullable().default(null);

const surveying = z.strictObject({
  phase: z.literal('surveying'),
  because: z.string().nullable(),
}) satisfies z.ZodType<StateOf<'surveying'>>;

const refused = z.strictObject({
  phase: z.literal('refused'),
  findings: z.array(finding),
}) satisfies z.ZodType<StateOf<'refused'>>;

const planned = z.strictObject({
  phase: z.literal('planned'),
  plan,
  startedBy: z.string().nullable(),
}) satisfies z.ZodType<StateOf<'planned'>>;

const syncing = z.strictObject({
  phase: z.literal('syncing'),
  ...started,
  progress: z.array(
    z.strictObject({
      pointed: z.enum(['no', 'intended', 'yes', 'moved', 'anew', 'aside']),
      stage: z.enum(['connecting', 'waiting', 'transferring', 'loading', 'online']),
      restarts: z.number(),
      begun: transferBegun.nullable(),
    }),
  ),
  lostLinkAt: z.number().nullable(),
}) satisfies z.ZodType<StateOf<'syncing'>>;

const following = z.strictObject({
  phase: z.literal('following'),
  ...started,
  since: z.number(),
  verification: verification.nullable(),
  lag: z.strictObject({ bytes: z.number().nullable(), ms: z.number() }).nullable(),
  askedAt: z.number().nullable(),
  approvals,
  cutoverAt: z.number().nullable(),
  gate: z.string().nullable(),
}) satisfies z.ZodType<StateOf<'following'>>;

const cuttingOver = z.strictObject({
  phase: z.literal('cutting-over'),
  ...started,
  verification,
  approvals,
  cutover,
  byHand,
}) satisfies z.ZodType<StateOf<'cutting-over'>>;

const watching = z.strictObject({
  phase: z.literal('watching'),
  ...cutOver,
  since: z.number(),
  until: z.number(),
  wayBack,
  revertBy: z.string().nullable(),
  miscounted: z.array(z.number()).default([]),
  closing: z.strictObject({ by: z.string(), at: z.number() }).nullable(),
  stoodDown: z.array(z.number()).default([]),
  byHand,
}) satisfies z.ZodType<StateOf<'watching'>>;

const reverting = z.strictObject({
  phase: z.literal('reverting'),
  ...cutOver,
  by: z.string(),
  cutover,
  back: cutoverOutcome.nullable(),
  byHand,
}) satisfies z.ZodType<StateOf<'reverting'>>;

const ended = {
  ...cutOver,
  by: z.string(),
  leftToDo: z.array(z.string()).default([]),
};

const reverted = z.strictObject({
  phase: z.literal('reverted'),
  ...ended,
  back: cutoverOutcome.nullable(),
}) satisfies z.ZodType<StateOf<'reverted'>>;

const completed = z.strictObject({
  phase: z.literal('completed'),
  ...ended,
  byHand: z.boolean().default(false),
}) satisfies z.ZodType<StateOf<'completed'>>;

const aborting = z.strictObject({
  phase: z.literal('aborting'),
  by: z.string(),
  from: phaseName,
  plan,
  identities: z.array(pairIdentity),
}) satisfies z.ZodType<StateOf<'aborting'>>;

const aborted = z.strictObject({
  phase: z.literal('aborted'),
  by: z.string(),
  from: phaseName,
  targetKeys: z.number().nullable(),
}) satisfies z.ZodType<StateOf<'aborted'>>;

const certain = z.discriminatedUnion('phase', [
  surveying,
  refused,
  planned,
  syncing,
  following,
  cuttingOver,
  watching,
  reverting,
  reverted,
  completed,
  aborting,
  aborted,
]) satisfies z.ZodType<Exclude<State, StateOf<'needs-human'>>>;

const needsHuman = z.strictObject({
  phase: z.literal('needs-human'),
  from: certain,
  question: z.string(),
  facts: z.array(z.string()),
  answers: z.array(
    z.strictObject({
      id: z.enum(['recheck', 'abort', 'finish', 'old']),
      label: z.string(),
      effect: z.string(),
    }),
  ),
  accepts: z.array(pairIdentity).nullable(),
}) satisfies z.ZodType<StateOf<'needs-human'>>;

export const migrationSchema = z.strictObject({
  id: z.string(),
  uid: z.string(),
  requestedBy: z.string(),
  requestedAt: z.number(),
  channel: z.string(),
  policy,
  hooks,
  pairs: z.array(pair),
  round: z.number(),
  digest: z.string(),
  ledger: z.array(ledgerEntry),
  relays: z.array(address.nullable()),
  rehearsal,
  announced: z.number(),
  cutoverAttempts: z.number(),
  transfers: z.array(transfer.nullable()),
  latency: latencyRecord,
  timeline: z.array(z.strictObject({ phase: phaseName, at: z.number() })),
  state: z.discriminatedUnion('phase', [...certain.options, needsHuman]),
}) satisfies z.ZodType<Migration>;
