// The whole: environment and file together, and the example that people copy.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfiguration, type Needs } from '../../src/config/configuration.ts';
import { parseInventory } from '../../src/config/inventory.ts';
import { ConfigError } from '../../src/config/mistakes.ts';
import { minimalFile } from './minimal-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'ferry-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BOTH: Needs = { slack: true, secrets: true };
const SLACK = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' };
const EXAMPLE_SECRETS = { CARTS_OLD_PASSWORD: 'a', CARTS_NEW_PASSWORD: 'b', HOOK_SECRET: 'c' };

let files = 0;

function fileWith(text: string): string {
  const path = join(folder, `${++files}.yaml`);
  writeFileSync(path, text);
  return path;
}

function failureOf(variables: Record<string, string>, needs = BOTH): ConfigError {
  try {
    loadConfiguration(variables, needs);
  } catch (failure) {
    if (failure instanceof ConfigError) return failure;
    throw failure;
  }
  throw new Error('the configuration was accepted');
}

describe('loading', () => {
  it('joins environment, inventory and secrets', async () => {
    const file = fileWith(minimalFile({ instance: 'password: env:CARTS', environment: 'rehearsal: true' }));
    const variables = {
      ...SLACK,
      FERRY_CONFIG: file,
      CARTS: 'hunter2',
      FERRY_SECRET: 's',
      METRICS_PORT: '9464',
    };
    const configuration = loadConfiguration(variables, BOTH);
    expect(configuration.inventory.find('carts')?.passwordRef).toBe('env:CARTS');
    expect(await configuration.secrets.resolve('env:CARTS')).toBe('hunter2');
    expect(await configuration.secrets.resolve('hold:u1:2')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('tells the mistakes of environment and file together', () => {
    const file = fileWith(minimalFile({ url: 'nowhere', rest: 'extra: 1' }));
    const failure = failureOf({ FERRY_CONFIG: file, PORT: 'x' });
    expect(failure.code).toBe('config-invalid');
    expect(failure.mistakes.map((mistake) => mistake.name)).toEqual([
      'PORT',
      'SLACK_BOT_TOKEN',
      'SLACK_APP_TOKEN',
      'instances.carts.url',
      'extra',
    ]);
    expect(failure.message).toMatch(/^The configuration has 5 mistakes\./);
  });

  it('says which file is missing and how to make it', () => {
    const file = join(folder, 'missing.yaml');
    expect(failureOf({ ...SLACK, FERRY_CONFIG: file }).mistakes).toEqual([
      {
        where: file,
        name: '',
        problem: `The file ${file} does not exist. FERRY_CONFIG says where it is (default: ferry.yaml in the current folder).`,
        example: `cp ferry.example.yaml ${file}`,
      },
    ]);
  });

  it('looks references up only for a process that uses them', () => {
    const variables = { ...SLACK, FERRY_CONFIG: fileWith(minimalFile({ instance: 'password: env:UNSET' })) };
    expect(failureOf(variables).mistakes).toHaveLength(1);
    expect(loadConfiguration(variables, { slack: true, secrets: false }).inventory.names()).toEqual([
      'carts',
    ]);
  });
});

describe('ferry.example.yaml', () => {
  const text = readFileSync(new URL('../../ferry.example.yaml', import.meta.url), 'utf8');

  it('is valid as it stands, and nothing in it is suspicious', () => {
    const { parsed, mistakes } = parseInventory({
      file: 'ferry.example.yaml',
      text,
      variables: EXAMPLE_SECRETS,
    });
    expect(mistakes).toEqual([]);
    expect(parsed?.warnings).toEqual([]);
  });

  it('is valid with what is switched off switched on', () => {
    const all = text.replace(/^( *)#(?=\w)/gm, '$1').replace('/etc/ssl/ca.pem', fileWith('certificate'));
    expect(all).not.toBe(text);
    const { parsed, mistakes } = parseInventory({ file: 'all', text: all, variables: EXAMPLE_SECRETS });
    expect(mistakes).toEqual([]);
    expect(parsed?.inventory.find('carts-new')?.tls).toMatchObject({ servername: 'carts.internal' });
  });
});
