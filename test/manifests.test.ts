// Both manifests are what Slack accepts, ask for no more than Ferry uses, and describe the same app.

import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { SUBCOMMANDS } from '../src/slack/listeners/commands/command.ts';
import { SCOPES } from '../src/slack/probe.ts';

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'));

const socketMode = read('manifests/socket-mode/manifest.json');
const http = read('manifests/http/manifest.json');

const schema = read('test/fixtures/slack-manifest.schema.json');
if (typeof schema !== 'object' || schema === null) throw new Error('the schema is not an object');
const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);

test.each([
  ['socket mode', socketMode],
  ['http', http],
])('the manifest for %s is valid', (_name, manifest) => {
  validate(manifest);
  expect(validate.errors).toBeNull();
});

test('the schema refuses what Slack would refuse', () => {
  expect(validate({ display_information: { name: 'x'.repeat(36) } })).toBe(false);
  expect(validate({ display_information: { name: 'Ferry', description: 'x'.repeat(141) } })).toBe(false);
});

test('scopes, events and features are those that Ferry uses', () => {
  for (const manifest of [socketMode, http]) {
    expect(manifest).toMatchObject({
      features: {
        // A modal that was opened there is answered in a direct message, where there is no channel in common.
        app_home: {
          home_tab_enabled: true,
          messages_tab_enabled: true,
          messages_tab_read_only_enabled: true,
        },
        slash_commands: [
          { command: '/redis', usage_hint: expect.stringContaining('migrate <source> <target>') },
        ],
      },
      oauth_config: { scopes: { bot: SCOPES } },
      settings: {
        interactivity: { is_enabled: true },
        event_subscriptions: { bot_events: ['app_home_opened'] },
      },
    });
  }
});

test('they differ only in how Slack reaches Ferry', () => {
  expect(socketMode).toMatchObject({ settings: { socket_mode_enabled: true } });
  expect(http).toMatchObject({
    settings: {
      socket_mode_enabled: false,
      event_subscriptions: { request_url: expect.stringMatching(/^https:.*\/slack\/events$/) },
      // Menus whose options the app gives are asked for at an address of their own.
      interactivity: { message_menu_options_url: expect.stringMatching(/^https:.*\/slack\/events$/) },
    },
  });
  const withoutWay = (manifest: unknown): unknown =>
    JSON.parse(JSON.stringify(manifest), (key, value: unknown) =>
      ['url', 'request_url', 'message_menu_options_url', 'socket_mode_enabled'].includes(key)
        ? undefined
        : value,
    );
  expect(withoutWay(http)).toEqual(withoutWay(socketMode));
});

test('the hint names every command', () => {
  for (const manifest of [socketMode, http]) {
    const hint = JSON.stringify(manifest).match(/"usage_hint":"([^"]*)"/)?.[1] ?? '';
    const named = hint.split('|').map((each) => each.trim().split(' ')[0]);
    expect(named).toEqual([...SUBCOMMANDS.map(({ name }) => name), 'help']);
  }
});
