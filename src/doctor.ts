// `npm start -- doctor`: configuration, Slack, Ferry's Redis and every instance, a line each.
// Changes nothing anywhere.

import { createWorkflow } from './compose.ts';
import type { Configuration } from './config/configuration.ts';
import { FerryError, sentence } from './migration/errors.ts';
import type { Instance } from './migration/instance.ts';
import type { Policy } from './migration/policy.ts';
import { type FenceKind, routeBetween } from './migration/route.ts';
import { connectFerrysRedis } from './redis/ferrys-own.ts';
import { probeSlack } from './slack/probe.ts';
import { createRecords } from './store/records.ts';
import { createLogger } from './telemetry/logger.ts';
import type { Inventory, Servers } from './workflow/ports.ts';

/** Prints what it finds; 0: all is well, 1: something is wrong. The configuration was checked before. */
export async function runDoctor(
  configuration: Configuration,
  print: (line: string) => void,
): Promise<number> {
  const logger = createLogger({ level: 'silent' });
  let wrong = 0;
  const say = (ok: boolean, text: string) => {
    if (!ok) wrong += 1;
    print(`${ok ? 'ok     ' : 'WRONG  '} ${text}`);
  };
  const { environment, inventory } = configuration;
  say(true, `${environment.configFile}: ${inventory.names().length} instances.`);
  for (const note of configuration.warnings) print(`note    ${note}`);
  if (environment.slack !== null) {
    const { transport } = environment.slack;
    const appToken = transport.kind === 'socket' ? transport.appToken : null;
    const probed = await probeSlack(environment.slack, appToken, groupsIn(inventory), logger);
    for (const { ok, said } of probed) say(ok, said);
    const channels = channelsIn(inventory);
    if (channels.length > 0)
      print(
        `note    Whether the bot is in ${channels.join(', ')} is not checked: type /invite there. Ferry says so before it starts anything.`,
      );
  }
  try {
    const own = await connectFerrysRedis(environment.redisUrl, logger);
    say(true, "Ferry's own Redis answers and never evicts.");
    const lasting: string[] = [];
    const records = createRecords(own.store);
    const { servers } = createWorkflow({ configuration, logger }, { ...own, records });
    for (const name of inventory.names()) {
      const instance = inventory.find(name);
      if (instance === null) continue;
      const { ok, said, holdLasts } = await examine(servers, instance, environment.secret !== null);
      say(ok, said);
      if (holdLasts) lasting.push(name);
    }
    if (own.mayLose !== null) print(`note    Ferry's own Redis: ${own.mayLose}${consequence(lasting)}`);
    await own.close();
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    say(false, sentence(error));
  }
  print(wrong === 0 ? 'All is well.' : `${wrong} to mend.`);
  return wrong === 0 ? 0 : 1;
}

function groupsIn(inventory: Inventory): readonly string[] {
  const ids = policiesIn(inventory).flatMap(({ approvers, operators }) => [...approvers, ...operators]);
  return [...new Set(ids.filter((id) => id.startsWith('S')))];
}

function channelsIn(inventory: Inventory): readonly string[] {
  return [...new Set(policiesIn(inventory).flatMap(({ channel }) => (channel === null ? [] : [channel])))];
}

function policiesIn(inventory: Inventory): readonly Policy[] {
  return inventory.names().flatMap((name) => {
    const instance = inventory.find(name);
    return instance === null ? [] : [inventory.policyOf(instance)];
  });
}

/** Only where a hold does not end by itself. */
function consequence(lasting: readonly string[]): string {
  if (lasting.length === 0) return '';
  const names = lasting.length > 3 ? `${lasting.slice(0, 3).join(', ')} and others` : lasting.join(', ');
  return ` For ${names} a cutover sets a hold that lasts; if its record is lost in a crash, nobody can write there until a worker has found it.`;
}

interface Examined {
  readonly ok: boolean;
  readonly said: string;
  /** A cutover from it sets a hold that stays until it is taken off. */
  readonly holdLasts: boolean;
}

/** How a cutover from this server holds its writes. */
const FENCES: Readonly<Record<FenceKind, string>> = {
  pause: 'CLIENT PAUSE',
  acl: 'taking the right to write from its users (ACL)',
  password: 'a password of its own (FERRY_SECRET)',
};

async function examine(servers: Servers, instance: Instance, hasSecret: boolean): Promise<Examined> {
  try {
    const { identity, roleText } = await servers.describe(instance);
    const { fence } = routeBetween(identity, identity);
    const version = `${identity.product === 'valkey' ? 'Valkey' : 'Redis'} ${identity.version}`;
    const seen = `${instance.name}: ${version}, ${roleText}.`;
    const holdLasts = fence !== 'pause';
    if (fence === 'password' && !hasSecret) {
      const said = `${seen} Moving away from it needs FERRY_SECRET, which is not set: Ferry holds its writes by a password made from it. Set it to a long random text, the same for every worker.`;
      return { ok: false, said, holdLasts };
    }
    return { ok: true, said: `${seen} A cutover would hold its writes by ${FENCES[fence]}.`, holdLasts };
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { ok: false, said: `${instance.name}: ${sentence(error)}`, holdLasts: false };
  }
}
