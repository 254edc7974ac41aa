// Does a restart keep the new roles? Only with a config file that Ferry can write them to.

import { capabilitiesOf } from '../capabilities.ts';
import { checkEach, ok, unknown, warning } from './check.ts';

/** Its writes are held with the first bytes that are sent to it. */
const SET_ASIDE =
  'While Ferry watches, it is made read-only again at once; an empty one is ready so soon that it may take a few writes first, which Ferry then asks about.';
const SET_ASIDE_LATE =
  'While Ferry watches, it is made read-only again at once, but may take a few writes first, which Ferry then asks about.';

export const configFile = checkEach('config-file', 'Roles survive a restart', ({ name, side, facts }) => {
  const able = capabilitiesOf(facts.identity);
  const undone =
    side === 'source'
      ? 'A restart after the cutover makes it a primary again that takes writes'
      : 'A restart before the cutover makes it a primary that stops following';
  if (!able.can('config-rewrite')) {
    return warning(
      `${able.whyNot('config-rewrite')} ${undone}.`,
      side === 'source' && able.can('read-only-replica')
        ? `Put \`slaveof 127.0.0.1 1\` into the config file of ${name} once the migration is completed, or stop it.`
        : `Keep ${name} from being restarted until the migration is completed.`,
    );
  }
  if (facts.configFile === null) {
    return unknown(`Whether ${name} was started with a config file could not be read.`);
  }
  const watched = able.can('pause-writes') ? SET_ASIDE : SET_ASIDE_LATE;
  if (facts.configFile !== '') return ok(`${name} keeps its role over a restart (${facts.configFile}).`);
  return warning(
    [`${name} runs without a config file. ${undone}.`, ...(side === 'source' ? [watched] : [])].join(' '),
    `Start ${name} with a config file, or keep it from being restarted until the migration is completed.`,
  );
});
