// ferry.yaml as a whole: instances, their policies, hooks, Slack and relay settings, or every mistake at once.
// Reads no file and no environment by itself; secrets stay references.

import type { z } from 'zod';
import { FerryError } from '../migration/errors.ts';
import type { Inventory } from '../workflow/ports.ts';
import { type Path, parseYamlFile, type YamlFile } from './document.ts';
import { hooksFrom, instanceFrom, policyFrom } from './entries.ts';
import { explainIssues } from './explain.ts';
import type { PortRange } from './fields.ts';
import type { Mistake } from './mistakes.ts';
import {
  checkEnvironment,
  checkEnvironmentOf,
  checkHooks,
  checkName,
  checkNotEmpty,
  checkShards,
  peopleOnly,
  warnAboutInstances,
} from './rules.ts';
import {
  type EnvironmentEntry,
  environmentSchema,
  fileSchema,
  type HooksEntry,
  hooksSchema,
  type InstanceEntry,
  instanceSchema,
  type RelayEntry,
  relaySchema,
  type SlackEntry,
  slackSchema,
} from './schema.ts';
import type { Variables } from './secrets.ts';

/** What ferry.yaml says about Slack. */
export interface SlackSettings {
  readonly command: string;
  readonly blocks: 'auto' | 'rich' | 'classic';
  readonly channel: string | null;
}

/** Where relays listen. null: the address of this machine towards the target; any free port. */
export interface RelaySettings {
  readonly host: string | null;
  readonly ports: PortRange | null;
}

export interface InventoryFile {
  readonly inventory: Inventory;
  readonly slack: SlackSettings;
  readonly relay: RelaySettings;
  /** Allowed, and worth a look; sentences. */
  readonly warnings: readonly string[];
}

export interface InventorySource {
  /** As messages name it. */
  readonly file: string;
  readonly text: string;
  /** What `env:` references name; null: references are not looked up. */
  readonly variables: Variables | null;
}

/** Everything that is wrong, in the file's order; `parsed` is null unless that is nothing. */
export function parseInventory(source: InventorySource): {
  parsed: InventoryFile | null;
  mistakes: Mistake[];
} {
  const { parsed: file, mistakes } = parseYamlFile(source.file, source.text);
  if (file === null) return { parsed: null, mistakes: inFileOrder(mistakes) };
  const read = readSections(file, source.variables, mistakes);
  if (mistakes.length > 0) return { parsed: null, mistakes: inFileOrder(mistakes) };
  const warnings = [
    ...warnAboutInstances(read.instances),
    ...warnAboutPolicies(read),
    ...warnAboutHooks(read.hooks),
  ];
  const slack = { ...read.slack, channel: read.slack.channel ?? null };
  const relay = { host: read.relay.host ?? null, ports: read.relay.ports ?? null };
  const inventory = buildInventory(read);
  return {
    parsed: { inventory, slack, relay, warnings },
    mistakes: [],
  };
}

interface Sections {
  readonly instances: ReadonlyMap<string, InstanceEntry>;
  readonly environments: ReadonlyMap<string, EnvironmentEntry>;
  readonly hooks: HooksEntry;
  readonly slack: SlackEntry;
  readonly relay: RelayEntry;
}

/** Reads each entry by itself and adds what is wrong to `mistakes`; broken entries are left out. */
function readSections(file: YamlFile, variables: Variables | null, mistakes: Mistake[]): Sections {
  const whole = isMap(file.value) ? file.value : {};
  const check = <S extends z.ZodType>(schema: S, path: Path, raw: unknown): z.output<S> | null => {
    const result = schema.safeParse(raw);
    if (result.success) return result.data;
    const shardsInstead = path[0] === 'instances' && isMap(raw) && raw['shards'] !== undefined;
    const told = result.error.issues.filter((issue) => !(shardsInstead && issue.path[0] === 'url'));
    mistakes.push(...explainIssues(file, path, told));
    return null;
  };
  check(fileSchema, [], whole);
  mistakes.push(...checkNotEmpty(file, whole['instances']));

  const rawInstances = mapAt(whole, 'instances');
  const rawEnvironments = mapAt(whole, 'environments');
  const listed = Object.keys(rawEnvironments);
  const used = new Set(
    Object.values(rawInstances).map((raw) => (isMap(raw) ? (raw['environment'] ?? 'default') : '')),
  );

  const instances = new Map<string, InstanceEntry>();
  const schema = instanceSchema(variables);
  for (const [name, raw] of Object.entries(rawInstances)) {
    const path = ['instances', name];
    mistakes.push(...checkName(file, path, name), ...checkShards(file, path, raw));
    const entry = check(schema, path, raw);
    if (isMap(raw)) mistakes.push(...checkEnvironmentOf(file, path, raw, listed));
    if (entry !== null) instances.set(name, entry);
  }
  const environments = new Map<string, EnvironmentEntry>();
  for (const [name, raw] of Object.entries(rawEnvironments)) {
    const path = ['environments', name];
    mistakes.push(...checkName(file, path, name));
    const entry = check(environmentSchema, path, raw);
    if (isMap(raw)) mistakes.push(...checkEnvironment(file, path, raw, used.has(name)));
    if (entry !== null) environments.set(name, entry);
  }
  // A key with nothing after it is null and goes to the schema, which says so; only what is absent is {}.
  const { hooks: rawHooks = {}, slack: rawSlack = {}, relay: rawRelay = {} } = whole;
  const hooks = check(hooksSchema(variables), ['hooks'], rawHooks) ?? {};
  mistakes.push(...checkHooks(file, rawHooks));
  const slack = check(slackSchema, ['slack'], rawSlack);
  const relay = check(relaySchema, ['relay'], rawRelay) ?? {};
  return { instances, environments, hooks, slack: slack ?? slackSchema.parse({}), relay };
}

function buildInventory(read: Sections): Inventory {
  const instances = new Map([...read.instances].map(([name, entry]) => [name, instanceFrom(name, entry)]));
  const policies = new Map(
    [...read.environments].map(([name, entry]) => [
      name,
      policyFrom(name, entry, read.slack.channel ?? null),
    ]),
  );
  return {
    names: () => [...instances.keys()],
    find: (name) => instances.get(name) ?? null,
    policyOf: (instance) => {
      const policy = policies.get(instance.environment);
      if (policy !== undefined) return policy;
      // Only an instance out of an old record can get here: those of this file were checked.
      throw new FerryError(
        'environment-unknown',
        `The environment ${instance.environment} is not listed any more.`,
        {
          hint: 'List it under environments in ferry.yaml again.',
        },
      );
    },
    hooks: hooksFrom(read.hooks),
  };
}

function warnAboutPolicies({ instances, environments }: Sections): string[] {
  const used = new Set([...instances.values()].map((instance) => instance.environment));
  return [...environments].flatMap(([name, { approvals, approvers, requesterMayApprove }]) => {
    if (!used.has(name)) return [`environments.${name} is used by no instance.`];
    if (requesterMayApprove || peopleOnly(approvers) !== approvals) return [];
    return [
      `environments.${name} needs all of its approvers: what one of them asks for can never be approved.`,
    ];
  });
}

function warnAboutHooks(hooks: HooksEntry): string[] {
  return Object.entries(hooks).flatMap(([name, hook]) =>
    hook?.webhook !== undefined && hook.secret === undefined
      ? [`hooks.${name} has no secret: its calls are not signed, and anybody could send the same.`]
      : [],
  );
}

function inFileOrder(mistakes: readonly Mistake[]): Mistake[] {
  const position = (mistake: Mistake): number => {
    const [line = 0, column = 0] = mistake.where.split(':').slice(-2).map(Number);
    return line * 100_000 + column;
  };
  return [...mistakes].sort((a, b) => position(a) - position(b));
}

function mapAt(whole: Record<string, unknown>, key: string): Record<string, unknown> {
  const value = whole[key];
  return isMap(value) ? value : {};
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
