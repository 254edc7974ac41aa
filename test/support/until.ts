// Waits on a condition with a deadline. Tests never sleep for a guessed time.

import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** What is waited for, in words: "the target follows". Part of the error. */
  readonly what: string;
  readonly deadlineMs?: number;
  readonly everyMs?: number;
}

/**
 * Asks again and again until the condition holds, and hands its value back: anything but false, null or undefined.
 * A condition that throws counts as not holding yet. Past the deadline it throws, with what it saw last.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  options: UntilOptions,
): Promise<Exclude<T, false | null | undefined>> {
  const deadlineMs = options.deadlineMs ?? 10_000;
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    let seen: string;
    try {
      const value = await condition();
      if (holds(value)) return value;
      seen = String(value);
    } catch (error) {
      seen = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() >= deadline) {
      throw new Error(`Waited ${deadlineMs} ms for ${options.what}; last seen: ${seen}`);
    }
    await delay(options.everyMs ?? 10);
  }
}

function holds<T>(value: T): value is Exclude<T, false | null | undefined> {
  return value !== false && value !== null && value !== undefined;
}
