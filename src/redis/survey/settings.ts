// The settings that the checks need, each by the name that the server's version has for it.
// `databases` of 2.4, which CONFIG does not tell, is found by SELECT.

import { settingNameOn } from '../../migration/checks/spoken.ts';
import type { Identity } from '../../migration/instance.ts';
import { SETTING_NAMES, type SettingName } from '../../migration/survey-facts.ts';
import type { Command, Reply, ServerConnection } from '../connect.ts';

export async function readSettings(
  connection: ServerConnection,
  identity: Identity,
): Promise<Readonly<Record<SettingName, string | null>>> {
  const commands = SETTING_NAMES.map((name): Command => ['CONFIG', 'GET', settingNameOn(identity, name)]);
  const replies = await connection.pipeline(commands);
  const values = SETTING_NAMES.map((name, i) => [name, settingOf(replies[i])] as const);
  const settings = Object.fromEntries(values) as Record<SettingName, string | null>;
  return settings.databases === '' ? { ...settings, databases: await countDatabases(connection) } : settings;
}

/** CONFIG GET of one setting: name and value; empty where the server has no such setting, or has none set (2.4). */
export function settingOf(reply: Reply | undefined): string | null {
  if (!Array.isArray(reply)) return null;
  const value: Reply = reply[1] ?? '';
  return typeof value === 'string' ? value : null;
}

/** More than anybody has. */
const MOST_DATABASES = 2 ** 20;

/** SELECT reaches every database that there is, and no other; an empty one is not made by it. */
async function countDatabases(connection: ServerConnection): Promise<string | null> {
  // Halves the span between one that exists and one that does not.
  let exists = 0;
  let missing = 1;
  const select = async (db: number): Promise<boolean | null> => {
    const [reply] = await connection.pipeline([['SELECT', db]]);
    if (reply === 'OK') return true;
    return reply instanceof Error && /invalid DB index|out of range/i.test(reply.message) ? false : null;
  };
  for (let found = await select(missing); found !== false; found = await select(missing)) {
    if (found === null || missing >= MOST_DATABASES) return null;
    exists = missing;
    missing *= 2;
  }
  while (missing - exists > 1) {
    const middle = Math.floor((exists + missing) / 2);
    if (await select(middle)) exists = middle;
    else missing = middle;
  }
  await connection.ask(['SELECT', 0]);
  return String(missing);
}
