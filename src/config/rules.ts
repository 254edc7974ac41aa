// What spans several settings of ferry.yaml: who may approve at all, limits that contradict each other,
// hooks that cannot work. Works on what was read, so that one mistake does not hide the next.

import type { Path, YamlFile } from './document.ts';
import { mistakeAt, valueAt } from './explain.ts';
import { didYouMean, type Mistake, showKey } from './mistakes.ts';
import { environmentSchema, type InstanceEntry, NAME_PATTERN } from './schema.ts';

const settings = environmentSchema.shape;

/** Ferry without instances could do nothing; a missing section is reported by the schema. */
export function checkNotEmpty(file: YamlFile, instances: unknown): Mistake[] {
  const isEmptyMap =
    typeof instances === 'object' && instances !== null && Object.keys(instances).length === 0;
  return isEmptyMap
    ? [mistakeAt(file, ['instances'], 'No instances are listed, so there is nothing to move.')]
    : [];
}

/** Names of instances and environments: they are typed into Slack. */
export function checkName(file: YamlFile, path: Path, name: string): Mistake[] {
  if (NAME_PATTERN.test(name) && name.length <= 60) return [];
  const problem =
    'Names begin with a lower case letter or a digit and go on with these, dots, dashes and underscores, 60 characters at most.';
  return [mistakeAt(file, path, problem, 'carts-old')];
}

/** Several shards are part of the schema; moving them is not possible yet. */
export function checkShards(file: YamlFile, path: Path, raw: unknown): Mistake[] {
  if (valueAt(raw, ['shards']) === undefined) return [];
  const problem =
    'Ferry cannot move an instance of several shards yet. List each server as an instance with a url of its own.';
  return [mistakeAt(file, [...path, 'shards'], problem, 'url: redis://10.0.0.5:6379')];
}

/** An instance's environment must be listed; `default` must be when nothing else is said. */
export function checkEnvironmentOf(
  file: YamlFile,
  path: Path,
  raw: unknown,
  listed: readonly string[],
): Mistake[] {
  const given = valueAt(raw, ['environment']);
  const name = given === undefined ? 'default' : given;
  if (typeof name !== 'string' || !NAME_PATTERN.test(name) || listed.includes(name)) return [];
  if (given === undefined) {
    const problem =
      'This instance names no environment, and "default" is not listed under environments: nobody may approve.';
    return [mistakeAt(file, path, problem, 'environments: { default: { approvers: [U0ANA] } }')];
  }
  const known = listed.length === 0 ? '' : ` Listed: ${listed.map(showKey).join(', ')}.`;
  const problem = `${showKey(name)} is not listed under environments.${didYouMean(name, listed)}${known}`;
  return [mistakeAt(file, [...path, 'environment'], problem)];
}

/** Rules within one environment; `isUsed`: some instance belongs to it. */
export function checkEnvironment(file: YamlFile, path: Path, raw: unknown, isUsed: boolean): Mistake[] {
  return [
    ...checkApprovers(file, path, raw, isUsed),
    ...checkWindow(file, path, raw),
    ...checkLatency(file, path, raw),
    ...checkCountdown(file, path, raw),
  ];
}

function checkApprovers(file: YamlFile, path: Path, raw: unknown, isUsed: boolean): Mistake[] {
  const approvers = settings.approvers.safeParse(valueAt(raw, ['approvers'])).data;
  const approvals = settings.approvals.safeParse(valueAt(raw, ['approvals'])).data;
  if (approvers === undefined) return [];
  if (approvers.length === 0) {
    const problem = 'No approvers are listed, so nobody may approve, revert or complete here.';
    return isUsed ? [mistakeAt(file, [...path, 'approvers'], problem)] : [];
  }
  const people = peopleOnly(approvers);
  if (approvals === undefined || people === null || approvals <= people) return [];
  const found = people === 1 ? 'only 1 person is' : `only ${people} people are`;
  const problem = `${approvals} approvals are needed, and ${found} listed under approvers: nothing could ever be promoted.`;
  return [mistakeAt(file, [...path, 'approvals'], problem, `approvals: ${people}`)];
}

/** The number of different people; null when a user group is among them. */
export function peopleOnly(approvers: readonly string[]): number | null {
  return approvers.some((id) => id.startsWith('S')) ? null : new Set(approvers).size;
}

function checkWindow(file: YamlFile, path: Path, raw: unknown): Mistake[] {
  const window = settings.window.safeParse(valueAt(raw, ['window'])).data;
  if (window === undefined || window.from !== window.to) return [];
  const problem = 'This window begins and ends at the same time. Leave the window out to allow any time.';
  return [mistakeAt(file, [...path, 'window', 'to'], problem)];
}

function checkLatency(file: YamlFile, path: Path, raw: unknown): Mistake[] {
  const latency = settings.latency.safeParse(valueAt(raw, ['latency'])).data;
  if (latency === undefined || latency.breached.p99 >= latency.strained.p99) return [];
  const problem = 'breached.p99 is below strained.p99: the worse verdict would come first.';
  return [mistakeAt(file, [...path, 'latency', 'breached', 'p99'], problem)];
}

function checkCountdown(file: YamlFile, path: Path, raw: unknown): Mistake[] {
  const countdown = settings.cutover.safeParse(valueAt(raw, ['cutover'])).data?.countdown;
  const lifetime = settings.approvalLifetime.safeParse(valueAt(raw, ['approvalLifetime'])).data;
  if (countdown === undefined || lifetime === undefined || countdown < lifetime) return [];
  const problem =
    'The countdown is not shorter than approvalLifetime: approvals would expire before it ends.';
  return [mistakeAt(file, [...path, 'cutover', 'countdown'], problem)];
}

/** Rules within each hook; `raw` is the whole section. */
export function checkHooks(file: YamlFile, raw: unknown): Mistake[] {
  return ['beforeCutover', 'switch'].flatMap((name) => {
    const hook = valueAt(raw, [name]);
    return typeof hook === 'object' && hook !== null ? checkHook(file, ['hooks', name], hook) : [];
  });
}

function checkHook(file: YamlFile, path: Path, hook: object): Mistake[] {
  const mistakes: Mistake[] = [];
  const given = (key: string): boolean => valueAt(hook, [key]) !== undefined;
  const add = (key: string, problem: string) => mistakes.push(mistakeAt(file, [...path, key], problem));
  if (given('webhook') && given('command')) {
    add('command', 'A hook is a webhook or a command; both are given.');
  } else if (!given('webhook') && !given('command')) {
    mistakes.push(mistakeAt(file, path, 'A hook is a webhook or a command; neither is given.'));
  } else if (given('command') && given('secret')) {
    add('secret', 'Only webhooks are signed; a command has no use for a secret.');
  }
  const program = valueAt(hook, ['command', 0]);
  if (typeof program === 'string' && !program.startsWith('/')) {
    add('command', 'The program must be given by its full path, beginning with a slash.');
  }
  if (valueAt(hook, ['mayVeto']) === true && path.at(-1) === 'switch') {
    add('mayVeto', 'This hook runs after the promotion, when nothing can be refused any more.');
  }
  return mistakes;
}

/** What is allowed and still deserves a look: said once at start. */
export function warnAboutInstances(instances: ReadonlyMap<string, InstanceEntry>): string[] {
  const warnings: string[] = [];
  const nameByAddress = new Map<string, string>();
  for (const [name, { url, tls }] of instances) {
    const address = `${url.address.host.toLowerCase()}:${url.address.port}`;
    const other = nameByAddress.get(address);
    if (other === undefined) nameByAddress.set(address, name);
    else warnings.push(`${other} and ${name} have the same address. A server cannot be moved to itself.`);
    if (tls !== undefined && !url.isTls) {
      warnings.push(`${name} has tls settings, so Ferry uses TLS although the url begins with redis://.`);
    }
  }
  return warnings;
}
