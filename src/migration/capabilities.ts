// What each server can do, by product and version, as one table with reasons.
// Nothing else in the code looks at a version. A version newer than measured counts as the newest known.

import { type Refusal, refusal } from './errors.ts';
import type { Identity } from './instance.ts';

export type Capability =
  | 'pause-writes'
  | 'psync2'
  | 'acl-dryrun'
  | 'expiretime'
  | 'functions'
  | 'client-no-touch';

interface Row {
  /** First Redis version that has it. Every Valkey (7.2 and newer) has all that Redis 7.2 had. */
  readonly redis: string;
  /** Completes "Redis 6.2.16 …". */
  readonly without: string;
}

const TABLE: Readonly<Record<Capability, Row>> = {
  'pause-writes': { redis: '6.2', without: 'cannot hold writes alone (CLIENT PAUSE … WRITE)' },
  psync2: { redis: '4.0', without: 'cannot go on from a promoted replica without a new snapshot (PSYNC2)' },
  'acl-dryrun': { redis: '7.0', without: 'cannot try out a permission (ACL DRYRUN)' },
  expiretime: { redis: '7.0', without: 'tells the time left, not the time of expiry (PEXPIRETIME)' },
  functions: { redis: '7.0', without: 'has no functions (FUNCTION)' },
  'client-no-touch': { redis: '7.2', without: 'counts every read as a use of the key (CLIENT NO-TOUCH)' },
};

export const CAPABILITIES = Object.keys(TABLE).filter((name): name is Capability => name in TABLE);

/** The newest releases that Ferry was measured with. */
const NEWEST: Readonly<Record<Identity['product'], string>> = { redis: '8.0', valkey: '9.1' };

/** The oldest Redis that can be moved, or moved to. */
const OLDEST = '6.2';

export interface Capabilities {
  can(capability: Capability): boolean;
  /** A sentence for people; empty when it can. */
  whyNot(capability: Capability): string;
  /** false: newer than every version that was measured, treated as the newest of them. */
  readonly measured: boolean;
}

export function capabilitiesOf(running: Pick<Identity, 'product' | 'version'>): Capabilities {
  const { product, version } = running;
  const can = (capability: Capability): boolean =>
    product === 'valkey' || compareVersions(version, TABLE[capability].redis) >= 0;
  return {
    can,
    whyNot: (capability) => {
      const { redis, without } = TABLE[capability];
      return can(capability) ? '' : `Redis ${version} ${without}; Redis ${redis} and newer can.`;
    },
    measured: compareReleases(version, NEWEST[product]) <= 0,
  };
}

/** null: Ferry can move it. Versions before 6.2 need other fences, which come later. */
export function refuseVersion(name: string, running: Pick<Identity, 'product' | 'version'>): Refusal | null {
  const { product, version } = running;
  if (product === 'valkey' || compareVersions(version, OLDEST) >= 0) return null;
  return refusal(
    'version-too-old',
    `${name} runs Redis ${version}, which cannot hold writes for a moment the way 6.2 and newer can.`,
    `Ferry moves Redis ${OLDEST} and newer and Valkey for now; older versions come later.`,
  );
}

/** Negative, 0 or positive, by the numbers of `7.0.15`; missing ones count as 0, other text is ignored. */
export function compareVersions(a: string, b: string): number {
  const left = numbersOf(a);
  const right = numbersOf(b);
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** By major and minor number alone. */
function compareReleases(a: string, b: string): number {
  const release = (version: string): string => numbersOf(version).slice(0, 2).join('.');
  return compareVersions(release(a), release(b));
}

function numbersOf(version: string): number[] {
  return (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
}
