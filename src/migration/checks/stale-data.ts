// Does a server answer reads while its link is down? Ferry reads its guard there before it changes anything.

import { blocker, checkEach, ok, unknown } from './check.ts';
import { settingNameOn } from './spoken.ts';

export const staleData = checkEach('stale-data', 'Replicas answer reads', ({ name, facts }) => {
  const setting = settingNameOn(facts.identity, 'replica-serve-stale-data');
  switch (facts.settings['replica-serve-stale-data']) {
    case 'yes':
      return ok(`${name} answers reads while its link is down.`);
    case null:
      return unknown(`Whether ${name} answers reads while its link is down could not be read.`);
    default:
      return blocker(
        `${name} refuses reads while its link is down (\`${setting} no\`), also Ferry's own, without which it may not act.`,
        `Run \`CONFIG SET ${setting} yes\` on ${name}.`,
      );
  }
});
