// The whole configuration of a process: environment variables, ferry.yaml, secrets by reference.
// All mistakes of both are thrown together as one ConfigError; the caller ends with exit code 2.

import { readFileSync } from 'node:fs';
import type { Secrets } from '../workflow/ports.ts';
import { configFileOf, type Environment, parseEnvironment } from './environment.ts';
import { type InventoryFile, parseInventory } from './inventory.ts';
import { ConfigError, type Mistake } from './mistakes.ts';
import { createSecrets, type Variables } from './secrets.ts';

export interface Configuration extends InventoryFile {
  readonly environment: Environment;
  readonly secrets: Secrets;
}

/** What a process does, and so what it must be given. */
export interface Needs {
  /** Speaks to Slack: tokens must be there. */
  readonly slack: boolean;
  /** Opens instances or runs hooks: what references name must be there. */
  readonly secrets: boolean;
}

/** Reads everything. Throws ConfigError with every mistake of the environment and of the file. */
export function loadConfiguration(variables: Variables, needs: Needs): Configuration {
  const { environment, mistakes } = parseEnvironment(variables, { needsSlack: needs.slack });
  const file = configFileOf(variables);
  const read = readConfigFile(file);
  const inventory =
    read.text === null
      ? { parsed: null, mistakes: [read.mistake] }
      : parseInventory({ file, text: read.text, variables: needs.secrets ? variables : null });
  if (environment === null || inventory.parsed === null) {
    throw new ConfigError([...mistakes, ...inventory.mistakes]);
  }
  return {
    ...inventory.parsed,
    environment,
    warnings: [...environment.notices, ...inventory.parsed.warnings],
    secrets: createSecrets(variables),
  };
}

type ReadFile = { readonly text: string } | { readonly text: null; readonly mistake: Mistake };

function readConfigFile(file: string): ReadFile {
  try {
    return { text: readFileSync(file, 'utf8') };
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    const problem =
      code === 'ENOENT'
        ? `The file ${file} does not exist. FERRY_CONFIG says where it is (default: ferry.yaml in the current folder).`
        : `The file ${file} cannot be read (${code}).`;
    const mistake = { where: file, name: '', problem, example: `cp ferry.example.yaml ${file}` };
    return { text: null, mistake };
  }
}
