// Numbers as people read them: sizes, rates, times, counts. Never a misleading 0 or 100 percent.

import type { Eta } from '../../migration/progress.ts';

const UNITS = ['KB', 'MB', 'GB', 'TB', 'PB'];

/** `312 bytes`, `4.41 GB`: 1,024 to the next unit, as Redis counts. */
export function size(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? '1 byte' : `${Math.max(0, Math.round(bytes))} bytes`;
  let value = bytes;
  let unit = -1;
  do {
    value /= 1024;
    unit += 1;
  } while (value >= 1023.5 && unit < UNITS.length - 1);
  return `${threeDigits(value)} ${UNITS[unit]}`;
}

export function rate(bytesPerSecond: number): string {
  return `${size(bytesPerSecond)}/s`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return String(Math.round(value));
  return value.toFixed(value >= 9.995 ? 1 : 2);
}

/** `6.1 ms`, `2.0 s`, `45 s`, `2 min 51 s`, `41 min`, `1 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 1) return 'under 1 ms';
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 600) {
    const rest = seconds % 60;
    return rest === 0 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 60)} min ${rest} s`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** `2,018,311`. */
export function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 key`, `1,204 keys`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** `61%`; null where nothing was measured or nothing is left to say. Under way is 1 to 99. */
export function percent(fraction: number | null): string | null {
  if (fraction === null || !Number.isFinite(fraction)) return null;
  return `${Math.min(99, Math.max(1, Math.floor(fraction * 100)))}%`;
}

/** `measuring`, `about 45 s left`; empty when nothing is left. */
export function timeLeft(eta: Eta): string {
  if (eta === 'measuring') return 'measuring the rate';
  if (eta === 'ready') return '';
  return `about ${duration(coarse(eta.leftMs)).replace('.0 s', ' s')} left`;
}

/** An estimate is not told to the second: steps of 5 s up to 2 min, then whole minutes. */
function coarse(ms: number): number {
  const step = ms < 120_000 ? 5_000 : 60_000;
  return Math.max(step, Math.round(ms / step) * step);
}

/** `14:12:07.412 UTC`: where the millisecond counts, which Slack's date tokens cannot show. */
export function exactTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(11, 23)} UTC`;
}

/** `and 14 more`, or nothing. */
export function more(total: number, shown: number): string {
  return total > shown ? `and ${number(total - shown)} more` : '';
}
