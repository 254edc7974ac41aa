// trigger_ids: good for three seconds and for one view, as Slack has it.
import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

const LIFE_MS = 3000;

interface Trigger {
  readonly user: string;
  readonly atMs: number;
  /** The modal from which it came, for views.push. */
  readonly viewId: string | undefined;
  isUsed: boolean;
}

export type TriggerRefusal = 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id';

export class Triggers {
  readonly #clock: Clock;
  readonly #issued = new Map<string, Trigger>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(user: string, viewId?: string): string {
    const id = `${this.#clock.nowMs()}.${this.#issued.size + 1}.${randomBytes(8).toString('hex')}`;
    this.#issued.set(id, { user, viewId, atMs: this.#clock.nowMs(), isUsed: false });
    return id;
  }

  exchange(id: string): { readonly user: string; readonly viewId: string | undefined } | TriggerRefusal {
    const trigger = this.#issued.get(id);
    if (!trigger) return 'invalid_trigger_id';
    if (trigger.isUsed) return 'exchanged_trigger_id';
    if (this.#clock.nowMs() - trigger.atMs > LIFE_MS) return 'expired_trigger_id';
    trigger.isUsed = true;
    return trigger;
  }
}
