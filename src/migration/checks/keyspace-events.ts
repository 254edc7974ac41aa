// Does the target publish the same events about keys? Clients that wait for others would wait for ever.

import { checkPair, ok, unknown, warning } from './check.ts';

export const keyspaceEvents = checkPair('keyspace-events', 'Keyspace events', (source, target) => {
  const [from, to] = [source, target].map(({ facts }) => facts.settings['notify-keyspace-events']);
  if (typeof from !== 'string' || typeof to !== 'string') {
    const { name } = typeof from === 'string' ? target : source;
    return unknown(`Which events about keys ${name} publishes could not be read.`);
  }
  if (flags(from) === flags(to)) {
    return ok(`${source.name} and ${target.name} publish the same events about keys (${told(from)}).`);
  }
  return warning(
    `${source.name} publishes ${told(from)} about keys (\`notify-keyspace-events\`), ${target.name} ${told(to)}. Ferry changes neither: clients that wait for an event which ${target.name} does not publish hear nothing, and get no error.`,
    `Run \`CONFIG SET notify-keyspace-events "${from}"\` on ${target.name} if clients use them.`,
  );
});

/** Each letter is a kind of event; their order says nothing. */
function flags(setting: string): string {
  return [...new Set(setting)].toSorted().join('');
}

function told(setting: string): string {
  return setting === '' ? 'no events' : `\`${setting}\``;
}
