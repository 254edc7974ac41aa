// What goes wrong on purpose: calls that are refused, slow, answered with a broken status or cut off before or
// after their work was done, and Slack being away altogether.

export type Fault =
  | {
      readonly kind: 'refuse';
      readonly error: string;
      readonly fields?: { readonly [name: string]: unknown };
    }
  | { readonly kind: 'hang'; readonly ms: number }
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'limit'; readonly retryAfterSeconds: number };

interface Planned {
  readonly method: string;
  readonly fault: Fault;
  timesLeft: number;
}

/** `*` as a method stands for every method. */
export class Faults {
  readonly #planned: Planned[] = [];
  #away: 'no' | 'refusing' | 'hanging' = 'no';
  #awayTimer: NodeJS.Timeout | undefined;

  plan(method: string, fault: Fault, times: number): void {
    this.#planned.push({ method, fault, timesLeft: times });
  }

  /** The fault of this call, if one is planned for it; taking it uses it up. */
  take(method: string): Fault | undefined {
    const at = this.#planned.findIndex((entry) => entry.method === method || entry.method === '*');
    const entry = this.#planned[at];
    if (!entry) return undefined;
    entry.timesLeft -= 1;
    if (entry.timesLeft <= 0) this.#planned.splice(at, 1);
    return entry.fault;
  }

  clear(): void {
    this.#planned.length = 0;
  }

  get away(): 'no' | 'refusing' | 'hanging' {
    return this.#away;
  }

  goAway(how: 'refusing' | 'hanging', ms: number, onReturn: () => void): void {
    this.comeBack();
    this.#away = how;
    if (!Number.isFinite(ms)) return;
    this.#awayTimer = setTimeout(() => {
      this.comeBack();
      onReturn();
    }, ms);
    this.#awayTimer.unref();
  }

  comeBack(): void {
    clearTimeout(this.#awayTimer);
    this.#away = 'no';
  }
}
