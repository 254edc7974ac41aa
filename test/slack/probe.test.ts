// What the doctor asks Slack: tokens, scopes, user groups. Each that is not in order is named with what to do.

import { expect, onTestFinished, test } from 'vitest';
import { type FakeSlackOptions, startFakeSlack } from '../../src/sandbox/slack/start-fake-slack.ts';
import { probeSlack } from '../../src/slack/probe.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

async function probed(options: Partial<FakeSlackOptions> = {}, botToken?: string) {
  const slack = await startFakeSlack({ mode: 'socket', users: [{ id: 'U0BEN', name: 'ben' }], ...options });
  onTestFinished(() => slack.close());
  slack.setUserGroup('S0OWNERS', ['U0BEN']);
  const access = { botToken: botToken ?? slack.credentials.botToken, apiUrl: slack.apiUrl };
  const groups = ['S0OWNERS', 'S0GONE'];
  return probeSlack(access, slack.credentials.appToken, groups, createLogger({ level: 'silent' }));
}

test('says what is in order, and which group cannot be read', async () => {
  const results = await probed();
  expect(results.map(({ ok }) => ok)).toEqual([true, true, false, true]);
  const [bot, owners, gone, socket] = results.map(({ said }) => said);
  expect(bot).toContain('Slack knows the bot as');
  expect(owners).toBe('User group S0OWNERS has 1 member.');
  expect(gone).toMatch(/^The members of S0GONE cannot be read: \w+\. Nobody of that group may decide;/);
  expect(socket).toBe('Socket Mode can be opened.');
});

test('a missing scope is named', async () => {
  const results = await probed({ scopes: ['commands', 'chat:write'] });
  expect(results[1]).toMatchObject({
    ok: false,
    said: expect.stringContaining('usergroups:read, files:write'),
  });
});

test('a wrong token is said once, and no group is blamed for it', async () => {
  const results = await probed({}, 'xoxb-wrong');
  expect(results.map(({ ok }) => ok)).toEqual([false, true]);
  expect(results[0]?.said).toMatch(/^Slack refused SLACK_BOT_TOKEN: invalid_auth\. Copy it anew/);
});
