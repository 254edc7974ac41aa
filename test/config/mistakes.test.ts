// What a person reads when the configuration is wrong: every mistake at once, with its line and an example.

import { describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/config/inventory.ts';
import { formatMistakes } from '../../src/config/mistakes.ts';
import { minimalFile } from './minimal-file.ts';

const variables = { CARTS_PASSWORD: 'x' };

function mistakesOf(text: string) {
  return parseInventory({ file: 'ferry.yaml', text, variables }).mistakes;
}

function told(text: string): string[] {
  return mistakesOf(text).map(({ where, name, problem }) => `${where} ${name}: ${problem}`);
}

describe('every mistake at once', () => {
  it('is told with line, name and example, in the order of the file', () => {
    const text = `instances:
  carts-old:
    url: redis://:hunter2@10.0.0.5:6379
    pasword: env:X
    password: hunter2
  Carts New:
    url: 10.0.0.6:6379
    environment: prodution
    tls:
  x:
    shards: []
environments:
  production:
    approvals: 3
    approvers: [U0ANA, U0ANA, "#ops"]
    cutover: { fence: 9s, maxLag: 1 }
    cutover: { fence: 9s, maxLag: 1x, countdown: 10 }
    verification: ful
    window: { zone: Europe/Zurch, days: [monday], from: 8:00, to: "24:00" }
    requesterMayApprove: maybe
hooks:
  switch: { comand: x, mayVeto: true, timeout: soon }
slack:
extra: 1
`;
    expect(formatMistakes(mistakesOf(text))).toMatchInlineSnapshot(`
      "The configuration has 27 mistakes.

      ferry.yaml:2:3  instances.carts-old
        This instance names no environment, and "default" is not listed under environments: nobody may approve.
        For example: environments: { default: { approvers: [U0ANA] } }

      ferry.yaml:3:5  instances.carts-old.url
        This URL contains a password. Take it out, change it on the server, and give it by reference: password: env:NAME.
        For example: url: redis://10.0.0.5:6379

      ferry.yaml:4:5  instances.carts-old.pasword
        Ferry does not know this setting. Did you mean "password"? Known here: url, replicationAddress, username, password, tls, environment, shards.
        For example: password: env:CARTS_OLD_PASSWORD

      ferry.yaml:5:5  instances.carts-old.password
        Secrets and files are given by reference, env:NAME or file:/path; what stands here is neither.
        For example: password: env:CARTS_OLD_PASSWORD

      ferry.yaml:6:3  instances.Carts New
        Names begin with a lower case letter or a digit and go on with these, dots, dashes and underscores, 60 characters at most.
        For example: carts-old

      ferry.yaml:7:5  instances.Carts New.url
        This is not an address of the form redis://host:port or rediss://host:port (TLS).
        For example: url: redis://10.0.0.5:6379

      ferry.yaml:8:5  instances.Carts New.environment
        prodution is not listed under environments. Did you mean "production"? Listed: production.
        For example: environment: production

      ferry.yaml:9:5  instances.Carts New.tls
        Nothing stands after this key. Give a value or remove the line.
        For example: tls: { ca: "file:/etc/ssl/ca.pem", servername: carts.internal }

      ferry.yaml:10:3  instances.x
        This instance names no environment, and "default" is not listed under environments: nobody may approve.
        For example: environments: { default: { approvers: [U0ANA] } }

      ferry.yaml:11:5  instances.x.shards
        Ferry cannot move an instance of several shards yet. List each server as an instance with a url of its own.
        For example: url: redis://10.0.0.5:6379

      ferry.yaml:15:31  environments.production.approvers[3]
        "#ops" is not the id of a user group (S…) or of a user (U… or W…). Slack shows the id, not the name, in its details.
        For example: approvers: [U0ANA, U0BEN]

      ferry.yaml:17:5  environments.production.cutover
        This key was given before, on line 16. Keep one of the two.
        For example: cutover: { fence: 2s, maxLag: 1mb }

      ferry.yaml:17:16  environments.production.cutover.fence
        "9s" is too long. It may be 200ms to 4s. A timed fence ends by itself after 5s on the server, and Ferry's own limit must come first.
        For example: fence: 2s

      ferry.yaml:17:27  environments.production.cutover.maxLag
        "1x" is not a size: write a number with kb, mb or gb, or bytes.
        For example: maxLag: 1mb

      ferry.yaml:17:39  environments.production.cutover.countdown
        10 is not a duration: write a number with ms, s, m or h.
        For example: countdown: 10s

      ferry.yaml:18:5  environments.production.verification
        "ful" is not one of counts, sample, full. Did you mean "full"?
        For example: verification: sample

      ferry.yaml:19:15  environments.production.window.zone
        "Europe/Zurch" is not a time zone of the IANA list. Did you mean "Europe/Zurich"?
        For example: zone: Europe/Zurich

      ferry.yaml:19:42  environments.production.window.days[1]
        "monday" is not one of mon, tue, wed, thu, fri, sat, sun. Did you mean "mon"?
        For example: days: [mon, tue, wed, thu]

      ferry.yaml:19:51  environments.production.window.from
        This is not a time of day from 00:00 to 23:59, with two digits each.
        For example: from: "08:00"

      ferry.yaml:19:63  environments.production.window.to
        This is not a time of day from 00:00 to 23:59, with two digits each.
        For example: to: "17:00"

      ferry.yaml:20:5  environments.production.requesterMayApprove
        This must be true or false.
        For example: requesterMayApprove: false

      ferry.yaml:22:3  hooks.switch
        A hook is a webhook or a command; neither is given.
        For example: switch: { command: [/etc/ferry/switch], timeout: 30s }

      ferry.yaml:22:13  hooks.switch.comand
        Ferry does not know this setting. Did you mean "command"? Known here: webhook, command, secret, timeout, mayVeto.
        For example: command: [/etc/ferry/switch]

      ferry.yaml:22:24  hooks.switch.mayVeto
        This hook runs after the promotion, when nothing can be refused any more.
        For example: mayVeto: false

      ferry.yaml:22:39  hooks.switch.timeout
        "soon" is not a duration: write a number with ms, s, m or h.
        For example: timeout: 30s

      ferry.yaml:23:1  slack
        Nothing stands after this key. Give a value or remove the line.
        For example: slack: { command: /redis, blocks: auto, channel: C0OPS }

      ferry.yaml:24:1  extra
        Ferry does not know this setting. Known here: instances, environments, hooks, slack, relay.
        For example: ferry.example.yaml shows every setting"
    `);
  });
});

describe('one mistake', () => {
  const environment = (lines: string) => minimalFile({ environment: lines });
  const instance = (lines: string) => minimalFile({ instance: lines });
  const rest = (lines: string) => minimalFile({ rest: lines });

  it.each([
    ['an empty file', '', 'ferry.yaml:1:1 instances: This setting is missing.'],
    ['a list', '- a', 'ferry.yaml:1:1 instances: This setting is missing.'],
    [
      'no instances',
      minimalFile().replace(/carts:[\s\S]*environments:/, '{}\nenvironments:'),
      'ferry.yaml:1:1 instances: No instances are listed, so there is nothing to move.',
    ],
    ['a tab', 'instances:\n\tcarts: 1', 'ferry.yaml:2:1 : Tabs cannot indent YAML; use spaces.'],
    [
      'an open quote',
      'instances: { carts: { url: "redis://a } }',
      'ferry.yaml:1:42 : Something is missing here: a closing quote or bracket, or the space after a colon.',
    ],
    [
      'a dangling alias',
      instance('password: *secret'),
      'ferry.yaml:4:15 : This alias has no anchor. Text that begins with * needs quotes.',
    ],
    [
      'a merge of what is no map',
      instance('<<: 1'),
      'ferry.yaml:1:1 : An alias (*name) or a merge (<<) in this file leads nowhere, to no map, or far too often.',
    ],
    [
      'aliases that multiply',
      [
        'a: &a [1]',
        ...[...'bcdefgh'].map((name, at) => `${name}: &${name} [${`*${'abcdefg'[at]},`.repeat(9)}]`),
      ].join('\n'),
      'ferry.yaml:1:1 : An alias (*name) or a merge (<<) in this file leads nowhere, to no map, or far too often.',
    ],
    ['a tag', instance('password: !secret x'), 'ferry.yaml:4:15 : Text that begins with ! needs quotes.'],
    [
      'a missing colon',
      'instances:\n  carts\n  other: 1',
      'ferry.yaml:2:3 : A key is not followed by a colon and a space.',
    ],
    [
      'a second document',
      `${minimalFile()}---\na: 1\n`,
      'ferry.yaml:7:1 : The file has a second document (---); Ferry reads one.',
    ],
    [
      'a key given twice',
      environment('approvers: [U0BEN]'),
      'ferry.yaml:7:5 environments.default.approvers: This key was given before, on line 6. Keep one of the two.',
    ],
    [
      'an unknown top-level key',
      rest('instnaces: {}'),
      'ferry.yaml:7:1 instnaces: Ferry does not know this setting. Did you mean "instances"? Known here: instances, environments, hooks, slack, relay.',
    ],
    [
      'an unknown key nobody can guess',
      rest('colour: blue'),
      'ferry.yaml:7:1 colour: Ferry does not know this setting. Known here: instances, environments, hooks, slack, relay.',
    ],
    [
      'a URL as a name',
      minimalFile().replace('carts:', '"redis://:hunter2@h":'),
      'ferry.yaml:2:3 instances.(a name of 18 characters): Names begin with a lower case letter or a digit and go on with these, dots, dashes and underscores, 60 characters at most.',
    ],
    [
      'an unset variable',
      instance('password: env:CARTS_PASWORD'),
      'ferry.yaml:4:5 instances.carts.password: The variable CARTS_PASWORD is not set.',
    ],
    [
      'a missing file',
      instance('tls: { ca: file:/nonexistent/ca.pem }'),
      'ferry.yaml:4:12 instances.carts.tls.ca: The file /nonexistent/ca.pem cannot be read (ENOENT).',
    ],
    [
      'a bare file',
      instance('tls: { ca: /etc/ssl/ca.pem }'),
      'ferry.yaml:4:12 instances.carts.tls.ca: Secrets and files are given by reference, env:NAME or file:/path; what stands here is neither.',
    ],
    [
      'a number as a password',
      instance('password: 12345'),
      'ferry.yaml:4:5 instances.carts.password: Secrets and files are given by reference, env:NAME or file:/path; what stands here is neither.',
    ],
    [
      'a user in the URL',
      minimalFile({ url: 'redis://ferry@10.0.0.5:6379' }),
      'ferry.yaml:3:5 instances.carts.url: This URL contains a user name. It belongs in its own line: username: ferry.',
    ],
    [
      'a database in the URL',
      minimalFile({ url: 'redis://10.0.0.5:6379/3' }),
      'ferry.yaml:3:5 instances.carts.url: This URL says more than host and port. Ferry moves a whole server, all its databases.',
    ],
    [
      'another protocol',
      minimalFile({ url: 'http://10.0.0.5:6379' }),
      'ferry.yaml:3:5 instances.carts.url: This is not an address of the form redis://host:port or rediss://host:port (TLS).',
    ],
    [
      'a replication address without a port',
      instance('replicationAddress: 10.0.0.5'),
      'ferry.yaml:4:5 instances.carts.replicationAddress: This is not an address of the form host:port.',
    ],
    [
      'shards',
      instance('shards: [{ url: "redis://a:1" }, { url: "redis://b:1" }]'),
      'ferry.yaml:4:5 instances.carts.shards: Ferry cannot move an instance of several shards yet. List each server as an instance with a url of its own.',
    ],
    [
      'an environment not listed',
      instance('environment: prodction'),
      'ferry.yaml:4:5 instances.carts.environment: prodction is not listed under environments. Listed: default.',
    ],
    [
      'no environment at all',
      'instances: { carts: { url: "redis://a:1" } }',
      'ferry.yaml:1:14 instances.carts: This instance names no environment, and "default" is not listed under environments: nobody may approve.',
    ],
    [
      'no approvers',
      minimalFile().replace(/ {4}approvers.*\n/, '    approvals: 1\n'),
      'ferry.yaml:5:3 environments.default.approvers: No approvers are listed, so nobody may approve, revert or complete here.',
    ],
    [
      'nothing after approvers',
      minimalFile().replace(/(approvers:).*\n/, '$1\n'),
      'ferry.yaml:6:5 environments.default.approvers: Nothing stands after this key. Give a value or remove the line.',
    ],
    [
      'an approver by name',
      minimalFile().replace('[U0ANA, U0BEN]', '["@ana"]'),
      'ferry.yaml:6:17 environments.default.approvers[1]: "@ana" is not the id of a user group (S…) or of a user (U… or W…). Slack shows the id, not the name, in its details.',
    ],
    [
      'more approvals than people',
      environment('approvals: 3'),
      'ferry.yaml:7:5 environments.default.approvals: 3 approvals are needed, and only 2 people are listed under approvers: nothing could ever be promoted.',
    ],
    [
      'no approval',
      environment('approvals: 0'),
      'ferry.yaml:7:5 environments.default.approvals: 0 is not a whole number from 1 to 20.',
    ],
    [
      'a channel by name',
      environment('channel: "#ops"'),
      'ferry.yaml:7:5 environments.default.channel: "#ops" is not the id of a channel (C… or G…). Slack shows the id, not the name, in its details.',
    ],
    [
      'a fence beyond the limit of the server',
      environment('cutover: { fence: 4001ms }'),
      `ferry.yaml:7:16 environments.default.cutover.fence: "4001ms" is too long. It may be 200ms to 4s. A timed fence ends by itself after 5s on the server, and Ferry's own limit must come first.`,
    ],
    [
      'a fence too short to use',
      environment('cutover: { fence: 199ms }'),
      'ferry.yaml:7:16 environments.default.cutover.fence: "199ms" is too short. It may be 200ms to 4s.',
    ],
    [
      'a duration without a unit',
      environment('watch: { for: 30 }'),
      'ferry.yaml:7:14 environments.default.watch.for: 30 is not a duration: write a number with ms, s, m or h.',
    ],
    [
      'a size that is none',
      environment('cutover: { maxLag: much }'),
      'ferry.yaml:7:16 environments.default.cutover.maxLag: "much" is not a size: write a number with kb, mb or gb, or bytes.',
    ],
    [
      'a time zone that is an offset',
      environment('window: { zone: "+02:00", from: "08:00", to: "17:00" }'),
      'ferry.yaml:7:15 environments.default.window.zone: "+02:00" is not a time zone of the IANA list.',
    ],
    [
      'a window without a zone',
      environment('window: { from: "08:00", to: "17:00" }'),
      'ferry.yaml:7:5 environments.default.window.zone: This setting is missing.',
    ],
    [
      'a window of no length',
      environment('window: { zone: UTC, from: "08:00", to: "08:00" }'),
      'ferry.yaml:7:41 environments.default.window.to: This window begins and ends at the same time. Leave the window out to allow any time.',
    ],
    [
      'an empty list of days',
      environment('window: { zone: UTC, days: [], from: "08:00", to: "17:00" }'),
      'ferry.yaml:7:26 environments.default.window.days: This list is empty.',
    ],
    [
      'verdicts upside down',
      environment('latency: { breached: { p99: 10ms } }'),
      'ferry.yaml:7:28 environments.default.latency.breached.p99: breached.p99 is below strained.p99: the worse verdict would come first.',
    ],
    [
      'a countdown longer than approvals',
      environment('approvalLifetime: 1m\n    cutover: { countdown: 1m }'),
      'ferry.yaml:8:16 environments.default.cutover.countdown: The countdown is not shorter than approvalLifetime: approvals would expire before it ends.',
    ],
    [
      'text for a switch',
      environment('rehearsal: "yes"'),
      'ferry.yaml:7:5 environments.default.rehearsal: This must be true or false.',
    ],
    [
      'a hook that is nothing',
      rest('hooks: { switch: { timeout: 5s } }'),
      'ferry.yaml:7:10 hooks.switch: A hook is a webhook or a command; neither is given.',
    ],
    [
      'a hook that is both',
      rest('hooks: { switch: { webhook: "https://h/x", command: [/bin/true] } }'),
      'ferry.yaml:7:44 hooks.switch.command: A hook is a webhook or a command; both are given.',
    ],
    [
      'a relative command',
      rest('hooks: { switch: { command: [switch.sh] } }'),
      'ferry.yaml:7:20 hooks.switch.command: The program must be given by its full path, beginning with a slash.',
    ],
    [
      'a late veto',
      rest('hooks: { switch: { command: [/bin/true], mayVeto: true } }'),
      'ferry.yaml:7:42 hooks.switch.mayVeto: This hook runs after the promotion, when nothing can be refused any more.',
    ],
    [
      'a signed command',
      rest('hooks: { switch: { command: [/bin/true], secret: env:CARTS_PASSWORD } }'),
      'ferry.yaml:7:42 hooks.switch.secret: Only webhooks are signed; a command has no use for a secret.',
    ],
    [
      'a webhook without a protocol',
      rest('hooks: { switch: { webhook: hooks.internal/x } }'),
      'ferry.yaml:7:20 hooks.switch.webhook: This is not a complete address of the form https://host/path.',
    ],
    [
      'a command of Slack without its slash',
      rest('slack: { command: redis }'),
      'ferry.yaml:7:10 slack.command: This is not a slash command: / and lower case letters.',
    ],
    [
      'a kind of blocks',
      rest('slack: { blocks: richt }'),
      'ferry.yaml:7:10 slack.blocks: "richt" is not one of auto, rich, classic. Did you mean "rich"?',
    ],
    [
      'a relay at a URL',
      rest('relay: { host: "redis://10.0.0.9" }'),
      'ferry.yaml:7:10 relay.host: This is not a host name or an address.',
    ],
    [
      'ports of a relay that are none',
      rest('relay: { ports: 17000 to 17099 }'),
      'ferry.yaml:7:10 relay.ports: This is not a range of ports from 1 to 65535.',
    ],
    [
      'ports of a relay the wrong way round',
      rest('relay: { ports: 17099-17000 }'),
      'ferry.yaml:7:10 relay.ports: This range ends (17000) before it begins (17099).',
    ],
    [
      'an unknown setting of the relay',
      rest('relay: { port: 17000 }'),
      'ferry.yaml:7:10 relay.port: Ferry does not know this setting. Did you mean "ports"? Known here: host, ports.',
    ],
    [
      'a section with nothing in it',
      rest('slack:'),
      'ferry.yaml:7:1 slack: Nothing stands after this key. Give a value or remove the line.',
    ],
  ])('%s', (_, text, expected) => {
    expect(told(text)).toEqual([expected]);
  });
});
