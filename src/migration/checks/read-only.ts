// Does a demoted server refuse writes? With `replica-read-only no` it would not, and a demotion is no fence (I1).

import { blocker, checkEach, ok, unknown } from './check.ts';

export const readOnly = checkEach('read-only', 'Replicas refuse writes', ({ name, facts }) => {
  switch (facts.settings['replica-read-only']) {
    case 'yes':
      return ok(`${name} refuses writes while it follows.`);
    case null:
      return unknown(`Whether ${name} refuses writes while it follows could not be read.`);
    default:
      return blocker(
        `${name} accepts writes while it follows (\`replica-read-only no\`), so two servers could take writes at once.`,
        `Run \`CONFIG SET replica-read-only yes\` on ${name}.`,
      );
  }
});
