// A policy as a careful team might have it, for tests that need one; each says what it has otherwise.

import type { Policy } from '../../src/migration/policy.ts';

export const policy: Policy = {
  environment: 'production',
  channel: 'C0OPS',
  start: 'button',
  approvals: 2,
  approvers: ['S0OWNERS'],
  operators: ['S0ONCALL'],
  requesterMayApprove: false,
  approvalLifetimeMs: 1_800_000,
  window: null,
  latency: {
    stallMs: 100,
    strained: { p99Ms: 50, forMs: 10_000 },
    breached: { p99Ms: 250, forMs: 30_000 },
    onBreach: 'hold',
  },
  cutover: {
    fenceMs: 2_000,
    maxLagBytes: 1_048_576,
    attempts: 3,
    countdownMs: 10_000,
    disconnectOldClients: false,
  },
  verification: 'sample',
  verificationPace: 'gentle',
  watch: { forMs: 1_800_000, atEnd: 'ask' },
  rehearsal: false,
};
