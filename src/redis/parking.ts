// The address where nobody listens: a server pointed at it is read-only, keeps its data and hammers nobody.

import type { Address } from '../migration/instance.ts';

/** Loopback, port 1 (tcpmux): refused at once, on the server's own machine, whatever the network does. */
export const PARKING_ADDRESS: Address = { host: '127.0.0.1', port: 1 };
