// Numbers as people read them, with units. The same number always reads the same.

import type { Range } from '../forecast.ts';

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

/** `512 bytes`, `256 MB`, `4.4 GB`; binary multiples, as Redis counts. */
export function bytes(amount: number): string {
  let value = Math.max(0, amount);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${trimZero(value.toFixed(digits))} ${UNITS[unit]}`;
}

/** `1 key`, `1,204 keys`. */
export function counted(amount: number, noun: string): string {
  return `${amount.toLocaleString('en-US')} ${noun}${amount === 1 ? '' : 's'}`;
}

/** `90 ms`, `15 s`, `3 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** `2 to 3 min`, `45 s to 3 min`; both ends alike are one figure. */
export function between({ least, most }: Range, figure: (amount: number) => string): string {
  const [from, to] = [figure(least), figure(most)];
  if (from === to) return to;
  const unit = to.slice(to.indexOf(' '));
  return `${from.endsWith(unit) ? from.slice(0, -unit.length) : from} to ${to}`;
}

/** `a`, `a and b`, `a, b and c`; past `limit` items the rest is counted. */
export function listed(items: readonly string[], limit = 8): string {
  const shown = items.length > limit ? items.slice(0, limit) : items;
  const rest = items.length - shown.length;
  const all = rest > 0 ? [...shown, `${rest} more`] : [...shown];
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

function trimZero(text: string): string {
  return text.replace(/\.0$/, '');
}
