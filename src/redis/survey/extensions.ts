// Modules and function libraries of a server, and whether a module was used since the server started.

import { capabilitiesOf } from '../../migration/capabilities.ts';
import type { Identity } from '../../migration/instance.ts';
import type { Command, Reply, ServerConnection } from '../connect.ts';
import { parseInfo } from '../info.ts';

export interface Extensions {
  readonly modules: readonly string[] | null;
  readonly usedModules: readonly string[] | null;
  readonly functionLibraries: readonly string[] | null;
}

export async function readExtensions(connection: ServerConnection, identity: Identity): Promise<Extensions> {
  const able = capabilitiesOf(identity);
  const list = async (command: Command, field: string): Promise<readonly string[] | null> => {
    const [reply = null] = await connection.pipeline([command]);
    return namesOf(reply, field);
  };
  const modules = able.can('modules') ? await list(['MODULE', 'LIST'], 'name') : [];
  return {
    modules,
    usedModules: modules === null ? null : await usedAmong(connection, modules),
    functionLibraries: able.can('functions') ? await list(['FUNCTION', 'LIST'], 'library_name') : [],
  };
}

/** Lists of alternating fields and values, one a module or library. */
function namesOf(reply: Reply, field: string): readonly string[] | null {
  if (!Array.isArray(reply)) return null;
  const names = reply.map((entry) => {
    const name: unknown = Array.isArray(entry) ? entry[entry.indexOf(field) + 1] : null;
    return typeof name === 'string' ? name : null;
  });
  return names.includes(null) ? null : names.filter((name) => name !== null);
}

/** By the commands of each module that the server has counted; null: it does not tell which those are (before 7.0). */
async function usedAmong(
  connection: ServerConnection,
  modules: readonly string[],
): Promise<readonly string[] | null> {
  if (modules.length === 0) return [];
  const asked = modules.map((name): Command => ['COMMAND', 'LIST', 'FILTERBY', 'MODULE', name]);
  const [stats, ...lists] = await connection.pipeline([['INFO', 'commandstats'], ...asked]);
  if (typeof stats !== 'string' || !lists.every((list) => Array.isArray(list))) return null;
  const called = new Set([...parseInfo(stats).keys()].map((name) => name.toLowerCase()));
  return modules.filter((_, i) => {
    const commands = lists[i];
    return (
      Array.isArray(commands) &&
      commands.some((command) => called.has(`cmdstat_${String(command).toLowerCase()}`))
    );
  });
}
