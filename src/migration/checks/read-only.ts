// Does a demoted server refuse writes? With `replica-read-only no` it would not, and a demotion is no fence (I1).

import { capabilitiesOf } from '../capabilities.ts';
import { blocker, checkEach, ok, unknown, warning } from './check.ts';
import { settingNameOn } from './spoken.ts';

export const readOnly = checkEach('read-only', 'Replicas refuse writes', ({ name, side, facts }) => {
  const able = capabilitiesOf(facts.identity);
  if (!able.can('read-only-replica')) {
    return warning(
      `${able.whyNot('read-only-replica')} ${
        side === 'source'
          ? "After the cutover Ferry's password keeps clients out of it."
          : 'A client that writes to it while it follows makes it differ.'
      }`,
      side === 'source'
        ? `Stop ${name} once nobody needs it; until then \`npm start -- password <id>\` prints that password.`
        : `Keep clients from ${name} until the cutover.`,
    );
  }
  const setting = settingNameOn(facts.identity, 'replica-read-only');
  switch (facts.settings['replica-read-only']) {
    case 'yes':
      return ok(`${name} refuses writes while it follows.`);
    case null:
      return unknown(`Whether ${name} refuses writes while it follows could not be read.`);
    default:
      return blocker(
        `${name} accepts writes while it follows (\`${setting} no\`), so two servers could take writes at once.`,
        `Run \`CONFIG SET ${setting} yes\` on ${name}.`,
      );
  }
});
