// Does the target let in as many connections as the source has, and as many as the source would?

import { checkPair, confirm, ok, type Seen, unknown, warning } from './check.ts';
import { counted } from './figures.ts';

export const maxClients = checkPair('max-clients', 'Room for all clients', (source, target) => {
  const [from, to] = [limitOf(source), limitOf(target)];
  const { connectedClients } = source.facts;
  if (from === null || to === null || connectedClients === null) {
    const name = to === null ? target.name : source.name;
    return unknown(`How many connections ${name} has or takes (\`maxclients\`) could not be read.`);
  }
  const hint = `Run \`CONFIG SET maxclients ${Number.isFinite(from) ? from : 10_000}\` on ${target.name}; its limit of open files may have to rise for that.`;
  if (to < connectedClients) {
    return confirm(
      `${target.name} takes ${counted(to, 'connection')} (\`maxclients\`), and ${source.name} has ${counted(connectedClients, 'connection')} now: some clients are refused there.`,
      hint,
    );
  }
  if (to < from) {
    return warning(
      `${target.name} takes ${counted(to, 'connection')} (\`maxclients\`), ${source.name} ${Number.isFinite(from) ? from.toLocaleString('en-US') : 'any number'}; it has ${counted(connectedClients, 'connection')} now.`,
      hint,
    );
  }
  return ok(`${target.name} takes as many connections as ${source.name}.`);
});

/** Infinity: no limit, which 2.4 calls 0. */
function limitOf({ facts }: Seen): number | null {
  const text = facts.settings.maxclients;
  if (text === null) return null;
  return Number(text) === 0 ? Number.POSITIVE_INFINITY : Number(text);
}
