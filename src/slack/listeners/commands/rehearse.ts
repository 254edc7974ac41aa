// `rehearse <source> [target]`: asks for a migration onto a scratch server that ends by itself and is never promoted.
// Which server fits, a worker finds out; the bot opens none.

import { sentence } from '../../../migration/errors.ts';
import { formatAddress, type Instance } from '../../../migration/instance.ts';
import { mayRehearseOn } from '../../../migration/scratch.ts';
import type { ScratchAnswer } from '../../../workflow/ports.ts';
import { code, join, prose, say, type Words } from '../../blocks/words.ts';
import type { CommandCall, ListenerParts, Subcommand } from '../parts.ts';
import { create, findPair, lockedWords } from './migrate.ts';
import { unknownInstance } from './typed.ts';

const DEADLINE_MS = 60_000;
/** So many are looked at; whoever has more names one. */
const MAX_CANDIDATES = 20;

export const rehearse: Subcommand = {
  name: 'rehearse',
  usage: '<source> [target]',
  example: 'carts-old',
  help: 'tries a migration out onto a scratch server, and reports what the real one will be like',
  minArgs: 1,
  maxArgs: 2,
  run,
};

async function run(parts: ListenerParts, call: CommandCall): Promise<void> {
  const { inventory, records, dispatcher } = parts;
  const [sourceName = '', targetName] = call.args;
  const source = inventory.find(sourceName);
  if (source === null) return call.answer(unknownInstance(parts, sourceName));
  const holder = await records.holderOf(source, null);
  if (holder !== null) return call.answer(await lockedWords(parts, source.name, holder));
  const candidates = candidatesFor(parts, source, targetName);
  if ('refused' in candidates) return call.answer(candidates.refused);
  await call.answer(say`Looking for a scratch server among ${names(candidates)}; the answer follows here.`);
  const answer = await dispatcher.ask({ kind: 'scratch', source: source.name, candidates }, DEADLINE_MS);
  if (answer.kind === 'refused') return call.answer(prose(sentence(answer.refusal)));
  if (answer.kind !== 'scratch') return;
  const target = answer.target === null ? null : inventory.find(answer.target);
  if (target === null) return call.answer(noneFits(parts, source, answer));
  await create(parts, call, { source, target }, { rehearsal: true });
}

/** Names of the instances that may be overwritten, as far as the inventory says; or why there are none. */
function candidatesFor(
  parts: ListenerParts,
  source: Instance,
  targetName: string | undefined,
): readonly string[] | { readonly refused: Words } {
  const { inventory, command } = parts;
  if (targetName !== undefined) {
    const pair = findPair(parts, source.name, targetName);
    if ('refused' in pair) return pair;
    const refused = mayRehearseOn(pair.target, inventory.policyOf(pair.target), 'rehearse');
    return refused === null ? [pair.target.name] : { refused: prose(sentence(refused)) };
  }
  const address = formatAddress(source.address);
  const found = inventory.names().filter((name) => {
    const instance = inventory.find(name);
    if (instance === null || name === source.name) return false;
    return inventory.policyOf(instance).rehearsal && formatAddress(instance.address) !== address;
  });
  if (found.length === 0) {
    return {
      refused: say`No other instance is for rehearsals. Put a scratch server into an environment that says ${code(
        'rehearsal: true',
      )} in ferry.yaml; everything on it is overwritten.`,
    };
  }
  if (found.length <= MAX_CANDIDATES) return found;
  return {
    refused: say`${found.length} instances are for rehearsals. Name one: ${code(
      `${command} rehearse ${source.name} ${found[0] ?? ''}`,
    )}.`,
  };
}

function noneFits({ command }: ListenerParts, source: Instance, { unfit }: ScratchAnswer): Words {
  const reasons = unfit.map(({ why }) => say`• ${prose(why)}`);
  const next = say`A scratch server is empty, or holds only what ${code(
    `${command} fill`,
  )} wrote, and can read the snapshots of ${source.name}.`;
  return join([say`No scratch server fits, so nothing was started.`, ...reasons, next], '\n');
}

function names(list: readonly string[]): Words {
  return join(
    list.map((name) => say`${code(name)}`),
    ', ',
  );
}
