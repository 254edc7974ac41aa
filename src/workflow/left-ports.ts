// What Ferry leaves on a server beside the data, as a control connection finds it and takes it off.

import type { Hold } from '../migration/route.ts';
import type { ActResult } from './ports.ts';

export interface LeftBehind {
  /** What a fence noted on this very run of the server, of this migration; null: nothing, or this kind notes none. */
  leftHold(timeoutMs: number): Promise<Hold | null>;
  /** Has it a guard or a lock of Ferry's? */
  hasOwnKeys(timeoutMs: number): Promise<boolean>;
  /** Removes Ferry's keys from a writable server. */
  removeOwnKeys(timeoutMs: number): Promise<ActResult<void>>;
}
