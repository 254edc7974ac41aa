// I9: whatever is wrong, and wherever a secret was put by mistake, no message repeats it.

import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/configuration.ts';
import { parseEnvironment } from '../../src/config/environment.ts';
import { parseInventory } from '../../src/config/inventory.ts';
import { formatMistakes } from '../../src/config/mistakes.ts';
import { createSecrets } from '../../src/config/secrets.ts';
import { minimalFile } from './minimal-file.ts';

const SECRET = 'hunter2Kx9';

describe('I9 secrets stay home', () => {
  it.each([
    ['a password in the url', minimalFile({ url: `redis://:${SECRET}@10.0.0.5:6379` })],
    ['a password in a url that does not parse', minimalFile({ url: `redis://u:${SECRET}@:port` })],
    ['a password with a slash and a hash', minimalFile({ url: `redis://:a/b#${SECRET}@10.0.0.5:6379` })],
    ['a user name and password', minimalFile({ url: `redis://ferry:${SECRET}@10.0.0.5` })],
    ['a password as it is', minimalFile({ instance: `password: ${SECRET}` })],
    ['a password that YAML takes for an alias', minimalFile({ instance: `password: *${SECRET}` })],
    ['a password that YAML takes for a tag', minimalFile({ instance: `password: !${SECRET} x` })],
    ['a password that YAML takes for an anchor', minimalFile({ instance: `password: &${SECRET}` })],
    ['a password with a reserved beginning', minimalFile({ instance: `password: "@${SECRET}` })],
    ['a password with a bad escape', minimalFile({ instance: `password: "\\q${SECRET}"` })],
    ['a password with a colon in it', minimalFile({ instance: `password: a: ${SECRET}` })],
    ['a password in braces', minimalFile({ instance: `password: {${SECRET}` })],
    ['a password without a space', minimalFile({ instance: `password:${SECRET}` })],
    ['a password given twice', minimalFile({ instance: `password: ${SECRET}\n    password: ${SECRET}` })],
    ['a password as tls', minimalFile({ instance: `tls: { ca: ${SECRET} }` })],
    ['a URL for a name', minimalFile().replace('carts:', `"redis://:${SECRET}@10.0.0.5":`)],
    ['a URL for a channel', minimalFile({ rest: `slack: { channel: "redis://:${SECRET}@h" }` })],
    ['a token for a channel', minimalFile({ rest: `slack: { channel: xoxb-1-${SECRET} }` })],
    ['a token for an approver', minimalFile().replace('U0ANA', `xapp-1-${SECRET}`)],
    ['a URL for a duration', minimalFile({ environment: `watch: { for: "redis://:${SECRET}@h" }` })],
    [
      'a webhook with a token in it',
      minimalFile({ rest: `hooks: { switch: { webhook: "ftp://h/${SECRET}" } }` }),
    ],
    [
      'a webhook with a password',
      minimalFile({ rest: `hooks: { switch: { webhook: "https://u:${SECRET}@h/" } }` }),
    ],
    [
      'a signing secret as it is',
      minimalFile({ rest: `hooks: { switch: { webhook: "https://h/", secret: ${SECRET} } }` }),
    ],
    [
      'a command with a password',
      minimalFile({ rest: `hooks: { switch: { command: [run, -p, ${SECRET}] } }` }),
    ],
  ])('%s is refused without repeating it', (_, text) => {
    const { mistakes } = parseInventory({ file: 'ferry.yaml', text, variables: {} });
    expect(mistakes.length).toBeGreaterThan(0);
    expect(formatMistakes(mistakes)).not.toContain(SECRET);
  });

  it('no message about a variable repeats its value', () => {
    const names = [
      'SLACK_BOT_TOKEN',
      'SLACK_APP_TOKEN',
      'SLACK_API_URL',
      'FERRY_REDIS_URL',
      'PORT',
      'HEALTH_PORT',
    ];
    for (const value of [SECRET, `redis:/:${SECRET}@h`, `xoxp-${SECRET}`]) {
      const variables = Object.fromEntries(names.map((name) => [name, value]));
      const { mistakes } = parseEnvironment(variables, { needsSlack: true });
      expect(mistakes.length).toBeGreaterThanOrEqual(names.length);
      expect(formatMistakes(mistakes)).not.toContain(SECRET);
    }
  });

  it('a reference that fails names itself, and a text that is none is not repeated', async () => {
    await expect(createSecrets({}).resolve(SECRET)).rejects.not.toThrow(SECRET);
    await expect(createSecrets({}).resolve('env:CARTS')).rejects.toThrow('CARTS');
  });

  it('the inventory holds references, never what they name', () => {
    const text = minimalFile({ instance: 'password: env:CARTS' });
    const { parsed } = parseInventory({ file: 'ferry.yaml', text, variables: { CARTS: SECRET } });
    const carts = parsed?.inventory.find('carts') ?? null;
    expect(JSON.stringify([parsed, carts, carts && parsed?.inventory.policyOf(carts)])).not.toContain(SECRET);
  });

  it('the thrown error carries nothing of the file', () => {
    const variables = { FERRY_CONFIG: '/nonexistent/ferry.yaml', SLACK_BOT_TOKEN: SECRET };
    let caught: unknown;
    try {
      loadConfiguration(variables, { slack: true, secrets: true });
    } catch (failure) {
      caught = failure;
    }
    expect(caught).toBeInstanceOf(Error);
    expect(`${String(caught)} ${JSON.stringify(caught)}`).not.toContain(SECRET);
  });
});
