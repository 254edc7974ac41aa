// When a cutover may begin: days and times in a zone of the world, judged at the fence.

import type { Weekday, Window } from './policy.ts';

const DAYS: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Is `at` (UTC epoch ms) inside the window? null: no window, always open. `to` is exclusive; equal to `from`: all day. */
export function isOpen(window: Window | null, at: number): boolean {
  if (window === null) return true;
  const { day, minutes } = localTime(window.zone, at);
  const from = minutesOf(window.from);
  const to = minutesOf(window.to);
  if (from === to) return window.days.includes(day);
  if (from < to) return window.days.includes(day) && minutes >= from && minutes < to;
  // Past midnight the window belongs to the day on which it began.
  const began = minutes >= from ? day : previous(day);
  return window.days.includes(began) && (minutes >= from || minutes < to);
}

function minutesOf(text: string): number {
  const [hours = '0', minutes = '0'] = text.split(':');
  return Number(hours) * 60 + Number(minutes);
}

function previous(day: Weekday): Weekday {
  return DAYS[(DAYS.indexOf(day) + 6) % 7] ?? day;
}

function localTime(zone: string, at: number): { day: Weekday; minutes: number } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  const day = DAYS.find((each) => each === part('weekday').toLowerCase()) ?? 'sun';
  return { day, minutes: Number(part('hour')) * 60 + Number(part('minute')) };
}
