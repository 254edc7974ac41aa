// May a former primary be set aside for good? What both servers say of themselves decides: whoever is the only one
// that takes writes keeps them. Pure; a test decides every cell.

import type { SeenRole } from './recovery.ts';

/**
 * park: the writes go to the other side, so nobody misses this one's
 * harmless: it takes nobody's writes now, and parked it only keeps what it has; the other side takes none either
 * wait: a server does not answer, and it may be the only primary
 * ask: the other side takes no writes, or is not the run that was promoted: a person decides
 */
export type Parking = 'park' | 'harmless' | 'wait' | 'ask';

/** `freshRestarted`: the side that was promoted is another run now, and may have lost what made it the primary. */
export function mayPark(former: SeenRole, fresh: SeenRole, freshRestarted: boolean): Parking {
  switch (former) {
    case 'unreachable':
      return 'wait';
    case 'held':
    case 'follows-peer':
    case 'set-aside':
    case 'follows-other':
      return fresh === 'primary' ? 'park' : 'harmless';
    case 'primary':
      if (fresh === 'unreachable') return 'wait';
      return fresh === 'primary' && !freshRestarted ? 'park' : 'ask';
  }
}
