// Would the target refuse writes after its promotion for want of replicas?

import { blocker, checkSide, ok, unknown } from './check.ts';
import { counted } from './figures.ts';
import { settingNameOn } from './spoken.ts';

export const minReplicas = checkSide('min-replicas', 'Target takes writes', 'target', ({ name, facts }) => {
  const setting = facts.settings['min-replicas-to-write'];
  const wanted = Number(setting ?? Number.NaN);
  if (!Number.isInteger(wanted)) {
    return unknown(`Whether ${name} takes writes without replicas could not be read.`);
  }
  const called = settingNameOn(facts.identity, 'min-replicas-to-write');
  if (wanted === 0) return ok(`${name} takes writes without replicas.`);
  return blocker(
    `${name} takes writes only with ${counted(wanted, 'replica')} connected (${called}), so it would refuse them right after its promotion.`,
    `Run \`CONFIG SET ${called} 0\` on ${name}, and set it again when its replicas are there.`,
  );
});
