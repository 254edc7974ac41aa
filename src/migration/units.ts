// Durations and sizes as people write them (`250ms`, `30m`, `64kb`, `4gb`).
// A number without a unit is never guessed at, except bytes.

const DURATION_UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Powers of 1,024, as redis.conf has them. */
const SIZE_UNITS_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1024,
  mb: 1024 ** 2,
  gb: 1024 ** 3,
  tb: 1024 ** 4,
};

/** Whole milliseconds; null when it is no duration. */
export function parseDurationMs(text: string): number | null {
  return parseWithUnit(text, DURATION_UNITS_MS);
}

/** Whole bytes; a bare whole number counts bytes; null when it is no size. */
export function parseSizeBytes(value: string | number): number | null {
  const text = String(value);
  return parseWithUnit(/^\d+$/.test(text) ? `${text}b` : text, SIZE_UNITS_BYTES);
}

/** The shortest exact spelling, for messages: `4s`, `250ms`, `30m`. */
export function formatDuration(durationMs: number): string {
  return formatWithUnit(durationMs, DURATION_UNITS_MS);
}

/** The shortest exact spelling, for messages: `1mb`. */
export function formatSize(bytes: number): string {
  return formatWithUnit(bytes, SIZE_UNITS_BYTES);
}

function parseWithUnit(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)\s?([a-z]{1,2})$/i.exec(text.trim());
  const factor = match?.[2] === undefined ? undefined : units[match[2].toLowerCase()];
  if (match?.[1] === undefined || factor === undefined) return null;
  const amount = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(amount) ? amount : null;
}

function formatWithUnit(amount: number, units: Readonly<Record<string, number>>): string {
  const fits = Object.entries(units).filter(([, factor]) => amount % factor === 0 && amount >= factor);
  const [unit, factor] = fits.at(-1) ?? Object.entries(units)[0] ?? ['', 1];
  return `${amount / factor}${unit}`;
}
