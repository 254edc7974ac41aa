// What clients see of a cutover, by its route: one place for the survey, the approval, the cards and the report.
// Measured on servers of every version; the README's table says the same.

import type { Route } from './route.ts';

export interface FenceText {
  /** What is sent to the old server, for people who know its commands. */
  readonly by: string;
  /** A clause after "predicted fence under 30 ms": `writers get NOPERM`. */
  readonly clause: string;
  /** Sentences: what writers and readers of the old address see while the fence stands. */
  readonly during: string;
  /** A sentence: what the old address answers from the promotion on. */
  readonly after: string;
}

const DURING: Readonly<Record<Route['fence'], Omit<FenceText, 'after'>>> = {
  pause: {
    by: 'CLIENT PAUSE … WRITE',
    clause: 'writers wait',
    during: 'Writes wait until it is over, reads go on, and no connection is closed.',
  },
  acl: {
    by: 'ACL SETUSER … -@write for every user',
    clause: 'writers get NOPERM',
    during:
      'Writes are refused with NOPERM until it is over, scripts that write with an error of the script; reads go on, and no connection is closed.',
  },
  password: {
    by: 'CONFIG SET requirepass, and every connection closed',
    clause: 'connections are closed, readers and writers refused',
    during:
      'Every connection is closed, and new ones are refused until it is over, for reads and writes alike: NOAUTH (2.4 and 2.6: ERR operation not permitted), and ERR invalid password for those that log in.',
  },
};

const AFTER: Readonly<Record<Route['demotion'], string>> = {
  follow: 'From the promotion on the old address answers reads, and writes with READONLY.',
  'set-aside': 'From the promotion on the old address answers reads, and writes with READONLY.',
  password:
    'From the promotion on the old address goes on refusing everybody, because 2.4 would take writes even as a replica.',
};

export function fenceText(route: Route): FenceText {
  return { ...DURING[route.fence], after: AFTER[route.demotion] };
}

/** The clause for several pairs: each way once. */
export function fenceClause(routes: readonly Route[]): string {
  return [...new Set(routes.map((route) => fenceText(route).clause))].join('; ');
}
