// Do the clocks of both machines agree? Expiry is a point in time: keys live as the promoted server's clock says.

import { capabilitiesOf } from '../capabilities.ts';
import { checkPair, ok, unknown, warning } from './check.ts';
import { duration } from './figures.ts';

/** Below this the difference drowns in network delay. */
const TOLERATED_MS = 1_000;

export const clock = checkPair('clock', 'Clocks agree', (source, target) => {
  const from = source.facts.clockAheadMs;
  const to = target.facts.clockAheadMs;
  const silent = [source, target].find(({ facts }) => !capabilitiesOf(facts.identity).can('time'));
  if (silent !== undefined) {
    // No more than a warning: that is what a difference would be.
    return warning(
      `Whether the clocks agree is not known: ${capabilitiesOf(silent.facts.identity).whyNot('time')}`,
      'Compare the clocks of both machines (`date`) where keys expire.',
    );
  }
  if (from === null || to === null) {
    return unknown(
      `The clock of ${from === null ? source.name : target.name} could not be read.`,
      "Give Ferry's user `+time`.",
    );
  }
  const difference = Math.abs(to - from);
  if (difference <= TOLERATED_MS) return ok('The clocks agree to the second.');
  const early = to > from;
  return warning(
    `The clock of ${target.name} is ${duration(difference)} ${early ? 'ahead of' : 'behind'} that of ${source.name}: after the cutover keys expire that much ${early ? 'early' : 'late'}.`,
    'Synchronise the clocks of both machines.',
  );
});
