// If the new server restarts while Ferry watches, is there time to take the old one off before a full resync empties
// it? Without a delay the snapshot begins at once, and an older server loses its data to one that it cannot load.

import { checkPair, ok, unknown, warning } from './check.ts';
import { canGoBack, disklessDelay, settingChanges } from './setting-changes.ts';

export const targetRestart = checkPair(
  'diskless-delay',
  'Restart of the new server',
  (source, target, context) => {
    if (!canGoBack(source.facts, target.facts)) {
      return ok(`${source.name} does not follow ${target.name} after the cutover.`);
    }
    if (disklessDelay(source.facts, target.facts) === null) {
      return unknown(`How ${target.name} begins a full resync could not be read.`);
    }
    const changes = settingChanges(source.facts, target.facts, context.pairIndex, context.pair)
      .filter(({ name }) => name.startsWith('repl-diskless-sync'))
      .map(({ name, to }) => `\`${name} ${'text' in to ? to.text : ''}\``);
    if (changes.length === 0) {
      return ok(`${target.name} waits before a full resync, so that ${source.name} is taken off in time.`);
    }
    return warning(
      `A full resync of ${target.name} begins too fast for ${source.name} to be taken off in time. Ferry will set ${changes.join(' and ')} on ${target.name} and put it back.`,
      'Nothing to do.',
    );
  },
);
