// What a right ferry.yaml becomes: the domain's types, with every default.

import { describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/config/inventory.ts';
import type { Policy } from '../../src/migration/policy.ts';
import { minimalFile } from './minimal-file.ts';

function load(text: string, variables: Record<string, string> = {}) {
  const { parsed, mistakes } = parseInventory({ file: 'ferry.yaml', text, variables });
  expect(mistakes).toEqual([]);
  if (parsed === null) throw new Error('no inventory');
  return parsed;
}

function policyIn(environment: string): Policy {
  const { inventory } = load(minimalFile({ environment }));
  const carts = inventory.find('carts');
  if (carts === null) throw new Error('no instance');
  return inventory.policyOf(carts);
}

const DEFAULT_POLICY: Policy = {
  environment: 'default',
  channel: null,
  start: 'button',
  approvals: 1,
  approvers: ['U0ANA', 'U0BEN'],
  operators: [],
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
    countdownMs: 0,
    disconnectOldClients: false,
  },
  verification: 'sample',
  verificationPace: 'gentle',
  watch: { forMs: 1_800_000, atEnd: 'ask' },
  rehearsal: false,
};

/** Section 10 of the contract, as others write it. */
const CONTRACT = `
instances:
  carts-old:
    url: redis://10.0.0.5:6379
    replicationAddress: 10.0.0.5:6379
    username: ferry
    password: env:CARTS_OLD_PASSWORD
    tls: { servername: carts.internal }
    environment: production
environments:
  production:
    channel: C0123OPS
    start: button
    approvals: 2
    approvers: [S0OWNERS, U0ANA]
    operators: [S0ONCALL]
    requesterMayApprove: false
    approvalLifetime: 30m
    window: { zone: Europe/Zurich, days: [mon, tue, wed, thu], from: "08:00", to: "17:00" }
    latency: { stall: 100ms, strained: { p99: 50ms, for: 10s }, breached: { p99: 250ms, for: 30s }, onBreach: hold }
    cutover: { fence: 2s, maxLag: 1mb, attempts: 3, countdown: 10s, disconnectOldClients: false }
    verification: sample
    verificationPace: fast
    watch: { for: 30m, atEnd: ask }
    rehearsal: false
hooks:
  beforeCutover: { webhook: https://hooks.internal/ferry, secret: env:HOOK_SECRET, timeout: 5s, mayVeto: true }
  switch: { command: [/etc/ferry/switch], timeout: 30s }
slack: { command: /redis, blocks: auto, channel: C0OPS }
relay: { host: 10.0.0.9, ports: "17000-17099" }
`;

describe('the smallest file', () => {
  it('gets every default', () => {
    const { inventory, slack, relay, warnings } = load(minimalFile());
    expect(inventory.names()).toEqual(['carts']);
    expect(inventory.find('carts')).toEqual({
      name: 'carts',
      address: { host: '10.0.0.5', port: 6379 },
      replicationAddress: { host: '10.0.0.5', port: 6379 },
      username: null,
      passwordRef: null,
      tls: null,
      environment: 'default',
    });
    expect(policyIn('approvals: 1')).toEqual(DEFAULT_POLICY);
    expect(inventory.hooks).toEqual({ beforeCutover: null, switch: null });
    expect(slack).toEqual({ command: '/redis', blocks: 'auto', channel: null });
    expect(relay).toEqual({ host: null, ports: null });
    expect(inventory.find('orders')).toBeNull();
    expect(warnings).toEqual([]);
  });
});

describe('the whole contract', () => {
  const parsed = load(CONTRACT, { CARTS_OLD_PASSWORD: 'p', HOOK_SECRET: 's' });
  const carts = parsed.inventory.find('carts-old');

  it('is read as instance, policy, hooks and Slack settings', () => {
    expect(carts).toEqual({
      name: 'carts-old',
      address: { host: '10.0.0.5', port: 6379 },
      replicationAddress: { host: '10.0.0.5', port: 6379 },
      username: 'ferry',
      passwordRef: 'env:CARTS_OLD_PASSWORD',
      tls: { caRef: null, servername: 'carts.internal' },
      environment: 'production',
    });
    expect(carts && parsed.inventory.policyOf(carts)).toEqual({
      ...DEFAULT_POLICY,
      environment: 'production',
      channel: 'C0123OPS',
      approvals: 2,
      approvers: ['S0OWNERS', 'U0ANA'],
      operators: ['S0ONCALL'],
      window: { zone: 'Europe/Zurich', days: ['mon', 'tue', 'wed', 'thu'], from: '08:00', to: '17:00' },
      cutover: { ...DEFAULT_POLICY.cutover, countdownMs: 10_000 },
      verificationPace: 'fast',
    });
    expect(parsed.inventory.hooks).toEqual({
      beforeCutover: {
        webhook: 'https://hooks.internal/ferry',
        command: null,
        secretRef: 'env:HOOK_SECRET',
        timeoutMs: 5_000,
        mayVeto: true,
      },
      switch: {
        webhook: null,
        command: ['/etc/ferry/switch'],
        secretRef: null,
        timeoutMs: 30_000,
        mayVeto: false,
      },
    });
    expect(parsed.slack).toEqual({ command: '/redis', blocks: 'auto', channel: 'C0OPS' });
    expect(parsed.relay).toEqual({ host: '10.0.0.9', ports: { from: 17_000, to: 17_099 } });
  });
});

describe('addresses', () => {
  it.each([
    ['redis://cache.internal', { host: 'cache.internal', port: 6379 }, null],
    ['redis://10.0.0.5:7000/', { host: '10.0.0.5', port: 7000 }, null],
    ['"redis://[fd00::5]:6380"', { host: 'fd00::5', port: 6380 }, null],
    [
      'rediss://cache.internal:6380',
      { host: 'cache.internal', port: 6380 },
      { caRef: null, servername: null },
    ],
  ])('%s', (url, address, tls) => {
    expect(load(minimalFile({ url })).inventory.find('carts')).toMatchObject({
      address,
      replicationAddress: address,
      tls,
    });
  });

  it('replication may take another one', () => {
    const { inventory } = load(minimalFile({ instance: 'replicationAddress: "[fd00::6]:6379"' }));
    expect(inventory.find('carts')?.replicationAddress).toEqual({ host: 'fd00::6', port: 6379 });
  });
});

describe('policies', () => {
  it('take the limits themselves', () => {
    expect(policyIn('cutover: { fence: 4s }').cutover.fenceMs).toBe(4_000);
    expect(policyIn('cutover: { fence: 200ms }').cutover.fenceMs).toBe(200);
  });

  it('a part that is given leaves the other defaults', () => {
    expect(policyIn('latency: { breached: { p99: 300ms } }').latency).toEqual({
      ...DEFAULT_POLICY.latency,
      breached: { p99Ms: 300, forMs: 30_000 },
    });
  });

  it('a window without days is open every day', () => {
    const { window } = policyIn('window: { zone: UTC, from: 22:00, to: 04:00 }');
    expect(window?.days).toEqual(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
  });

  it('the channel is the environment’s, else Ferry’s', () => {
    const rest = 'slack: { channel: C0OPS }';
    const channelIn = (text: string) => {
      const { inventory } = load(text);
      const carts = inventory.find('carts');
      return carts && inventory.policyOf(carts).channel;
    };
    expect(channelIn(minimalFile({ rest }))).toBe('C0OPS');
    expect(channelIn(minimalFile({ rest, environment: 'channel: C0OWN' }))).toBe('C0OWN');
  });

  it('anchors and merge keys share settings', () => {
    const text = `instances:
  a: &shared { url: "redis://a:1", environment: staging }
  b: { <<: *shared, url: "redis://b:1" }
environments:
  staging: { approvers: [U0ANA] }
`;
    const { inventory } = load(text);
    expect(inventory.find('b')).toMatchObject({ address: { host: 'b', port: 1 }, environment: 'staging' });
  });

  it('of an instance whose environment is gone cannot be told', () => {
    const { inventory } = load(minimalFile());
    const carts = inventory.find('carts');
    if (carts === null) throw new Error('no instance');
    expect(() => inventory.policyOf({ ...carts, environment: 'gone' })).toThrow(
      'gone is not listed any more',
    );
  });
});

describe('what is said at start', () => {
  it('warns about what is allowed and still suspicious', () => {
    const text = `instances:
  a: { url: "redis://Cache:1" }
  b: { url: "redis://cache:1", tls: { servername: cache } }
environments:
  default: { approvers: [U0ANA, U0BEN], approvals: 2 }
  stagign: { approvers: [U0ANA] }
hooks:
  switch: { webhook: "https://hooks.internal/x" }
`;
    expect(load(text).warnings).toEqual([
      'a and b have the same address. A server cannot be moved to itself.',
      'b has tls settings, so Ferry uses TLS although the url begins with redis://.',
      'environments.default needs all of its approvers: what one of them asks for can never be approved.',
      'environments.stagign is used by no instance.',
      'hooks.switch has no secret: its calls are not signed, and anybody could send the same.',
    ]);
  });
});
