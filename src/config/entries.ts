// Entries of ferry.yaml as the domain's types: units in the names, absent things as null, references kept.

import type { Instance } from '../migration/instance.ts';
import type { Hook, Hooks, Policy } from '../migration/policy.ts';
import type { EnvironmentEntry, HookEntry, HooksEntry, InstanceEntry } from './schema.ts';

/** `tls` given or a `rediss://` url: TLS either way. */
export function instanceFrom(name: string, entry: InstanceEntry): Instance {
  const usesTls = entry.url.isTls || entry.tls !== undefined;
  return {
    name,
    address: entry.url.address,
    replicationAddress: entry.replicationAddress ?? entry.url.address,
    username: entry.username ?? null,
    passwordRef: entry.password ?? null,
    tls: usesTls ? { caRef: entry.tls?.ca ?? null, servername: entry.tls?.servername ?? null } : null,
    environment: entry.environment,
  };
}

/** The channel is the environment's, else Ferry's. */
export function policyFrom(
  environment: string,
  entry: EnvironmentEntry,
  ferryChannel: string | null,
): Policy {
  const { latency, cutover } = entry;
  return {
    environment,
    channel: entry.channel ?? ferryChannel,
    start: entry.start,
    approvals: entry.approvals,
    approvers: unique(entry.approvers),
    operators: unique(entry.operators),
    requesterMayApprove: entry.requesterMayApprove,
    approvalLifetimeMs: entry.approvalLifetime,
    window: entry.window === undefined ? null : { ...entry.window, days: unique(entry.window.days) },
    latency: {
      stallMs: latency.stall,
      strained: { p99Ms: latency.strained.p99, forMs: latency.strained.for },
      breached: { p99Ms: latency.breached.p99, forMs: latency.breached.for },
      onBreach: latency.onBreach,
    },
    cutover: {
      fenceMs: cutover.fence,
      maxLagBytes: cutover.maxLag,
      attempts: cutover.attempts,
      countdownMs: cutover.countdown,
      disconnectOldClients: cutover.disconnectOldClients,
    },
    verification: entry.verification,
    verificationPace: entry.verificationPace,
    watch: { forMs: entry.watch.for, atEnd: entry.watch.atEnd },
    rehearsal: entry.rehearsal,
  };
}

export function hooksFrom(hooks: HooksEntry): Hooks {
  return { beforeCutover: hookFrom(hooks.beforeCutover), switch: hookFrom(hooks.switch) };
}

function hookFrom(hook: HookEntry | undefined): Hook | null {
  if (hook === undefined) return null;
  return {
    webhook: hook.webhook ?? null,
    command: hook.command ?? null,
    secretRef: hook.secret ?? null,
    timeoutMs: hook.timeout,
    mayVeto: hook.mayVeto,
  };
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
