// How each setting of ferry.yaml looks when it is right: the example that a mistake's message ends with.
// It is also the list of known keys, for unknown ones; a test holds it against the schema.

/** By path, with `*` for a name. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  instances: 'instances: { carts-old: { url: "redis://10.0.0.5:6379" } }',
  'instances.*': 'carts-old: { url: "redis://10.0.0.5:6379", environment: production }',
  'instances.*.url': 'url: redis://10.0.0.5:6379',
  'instances.*.replicationAddress': 'replicationAddress: 10.0.0.5:6379',
  'instances.*.username': 'username: ferry',
  'instances.*.password': 'password: env:CARTS_OLD_PASSWORD',
  'instances.*.tls': 'tls: { ca: "file:/etc/ssl/ca.pem", servername: carts.internal }',
  'instances.*.tls.ca': 'ca: file:/etc/ssl/ca.pem',
  'instances.*.tls.servername': 'servername: carts.internal',
  'instances.*.environment': 'environment: production',
  'instances.*.shards': 'shards: [{ url: "redis://10.0.0.5:6379" }]',
  'instances.*.shards.*': '{ url: "redis://10.0.0.5:6379", replicationAddress: "10.0.0.5:6379" }',
  'instances.*.shards.*.url': 'url: redis://10.0.0.5:6379',
  'instances.*.shards.*.replicationAddress': 'replicationAddress: 10.0.0.5:6379',
  environments: 'environments: { production: { approvals: 2, approvers: [U0ANA, U0BEN] } }',
  'environments.*': 'production: { approvals: 2, approvers: [U0ANA, U0BEN] }',
  'environments.*.channel': 'channel: C0123OPS',
  'environments.*.start': 'start: button',
  'environments.*.approvals': 'approvals: 2',
  'environments.*.approvers': 'approvers: [U0ANA, U0BEN]',
  'environments.*.operators': 'operators: [U0EVA]',
  'environments.*.requesterMayApprove': 'requesterMayApprove: false',
  'environments.*.approvalLifetime': 'approvalLifetime: 30m',
  'environments.*.window':
    'window: { zone: Europe/Zurich, days: [mon, tue, wed, thu], from: "08:00", to: "17:00" }',
  'environments.*.window.zone': 'zone: Europe/Zurich',
  'environments.*.window.days': 'days: [mon, tue, wed, thu]',
  'environments.*.window.from': 'from: "08:00"',
  'environments.*.window.to': 'to: "17:00"',
  'environments.*.latency': 'latency: { stall: 100ms, breached: { p99: 250ms, for: 30s }, onBreach: hold }',
  'environments.*.latency.stall': 'stall: 100ms',
  'environments.*.latency.strained': 'strained: { p99: 50ms, for: 10s }',
  'environments.*.latency.strained.p99': 'p99: 50ms',
  'environments.*.latency.strained.for': 'for: 10s',
  'environments.*.latency.breached': 'breached: { p99: 250ms, for: 30s }',
  'environments.*.latency.breached.p99': 'p99: 250ms',
  'environments.*.latency.breached.for': 'for: 30s',
  'environments.*.latency.onBreach': 'onBreach: hold',
  'environments.*.cutover': 'cutover: { fence: 2s, maxLag: 1mb }',
  'environments.*.cutover.fence': 'fence: 2s',
  'environments.*.cutover.maxLag': 'maxLag: 1mb',
  'environments.*.cutover.attempts': 'attempts: 3',
  'environments.*.cutover.countdown': 'countdown: 10s',
  'environments.*.cutover.disconnectOldClients': 'disconnectOldClients: false',
  'environments.*.verification': 'verification: sample',
  'environments.*.verificationPace': 'verificationPace: gentle',
  'environments.*.watch': 'watch: { for: 30m, atEnd: ask }',
  'environments.*.watch.for': 'for: 30m',
  'environments.*.watch.atEnd': 'atEnd: ask',
  'environments.*.rehearsal': 'rehearsal: false',
  hooks: 'hooks: { switch: { command: [/etc/ferry/switch], timeout: 30s } }',
  'hooks.beforeCutover':
    'beforeCutover: { webhook: "https://hooks.internal/ferry", secret: "env:HOOK_SECRET", mayVeto: true }',
  'hooks.beforeCutover.webhook': 'webhook: https://hooks.internal/ferry',
  'hooks.beforeCutover.command': 'command: [/etc/ferry/before-cutover]',
  'hooks.beforeCutover.secret': 'secret: env:HOOK_SECRET',
  'hooks.beforeCutover.timeout': 'timeout: 5s',
  'hooks.beforeCutover.mayVeto': 'mayVeto: true',
  'hooks.switch': 'switch: { command: [/etc/ferry/switch], timeout: 30s }',
  'hooks.switch.webhook': 'webhook: https://hooks.internal/ferry',
  'hooks.switch.command': 'command: [/etc/ferry/switch]',
  'hooks.switch.secret': 'secret: env:HOOK_SECRET',
  'hooks.switch.timeout': 'timeout: 30s',
  'hooks.switch.mayVeto': 'mayVeto: false',
  slack: 'slack: { command: /redis, blocks: auto, channel: C0OPS }',
  'slack.command': 'command: /redis',
  'slack.blocks': 'blocks: auto',
  'slack.channel': 'channel: C0OPS',
  relay: 'relay: { host: ferry.internal, ports: 17000-17099 }',
  'relay.host': 'host: ferry.internal',
  'relay.ports': 'ports: 17000-17099',
};

/** The example for a path; a list item, or a path nobody knows, gets its nearest parent's. */
export function exampleFor(path: readonly (string | number)[]): string {
  for (let length = path.length; length > 0; length -= 1) {
    const example = EXAMPLES[patternOf(path.slice(0, length))];
    if (example !== undefined) return example;
  }
  return 'ferry.example.yaml shows every setting';
}

/** The keys that may stand at a path. */
export function knownKeys(path: readonly (string | number)[]): string[] {
  const prefix = path.length === 0 ? '' : `${patternOf(path)}.`;
  return Object.keys(EXAMPLES)
    .filter((key) => key.startsWith(prefix) && !key.slice(prefix.length).includes('.'))
    .map((key) => key.slice(prefix.length));
}

function patternOf(path: readonly (string | number)[]): string {
  const named = path[0] === 'instances' || path[0] === 'environments';
  return path
    .map((step, index) => (typeof step === 'number' || (named && index === 1) ? '*' : step))
    .join('.');
}
