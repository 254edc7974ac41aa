// How a server of this version calls what today's servers call replicas. Data for sentences and for CONFIG.

import { capabilitiesOf, type Running } from '../capabilities.ts';

/** `replica-read-only` is `slave-read-only` before 5.0, `min-replicas-to-write` is `min-slaves-to-write`. */
export function settingNameOn(running: Running, name: string): string {
  return capabilitiesOf(running).can('replica-words') ? name : name.replace('replica', 'slave');
}

/** The line for an operator that makes a primary of a server. */
export function promotionOn(running: Running): string {
  return capabilitiesOf(running).can('replica-words') ? 'REPLICAOF NO ONE' : 'SLAVEOF NO ONE';
}
