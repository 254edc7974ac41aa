// Counts of durations by size, in buckets no wider than 1/32 of what they hold: percentiles to about 3 percent,
// from a microsecond to hours. Plain data, so that it can be added up, kept in a record and read by anybody.

/** Counts by bucket, smallest durations first; no bucket twice, none empty. */
export type Histogram = readonly (readonly [bucket: number, count: number])[];

/** Each power of two is cut into this many buckets; below it every microsecond has its own. */
const CUTS = 32;
const CUT_BITS = 5;

/** The bucket of a duration in µs; fractions are cut off, what is below 0 counts as 0. */
export function bucketOf(us: number): number {
  const whole = Math.max(0, Math.floor(us));
  if (whole < CUTS) return whole;
  const exponent = Math.floor(Math.log2(whole)) - CUT_BITS;
  return exponent * CUTS + Math.floor(whole / 2 ** exponent);
}

/** The smallest duration of a bucket, µs. */
export function lowestOf(bucket: number): number {
  if (bucket < CUTS) return bucket;
  const exponent = Math.floor(bucket / CUTS) - 1;
  return (bucket - exponent * CUTS) * 2 ** exponent;
}

/** What stands for a bucket: its middle, µs. */
export function middleOf(bucket: number): number {
  const low = lowestOf(bucket);
  return low + (lowestOf(bucket + 1) - low - 1) / 2;
}

export function histogramOf(durationsUs: Iterable<number>): Histogram {
  const counts = new Map<number, number>();
  for (const us of durationsUs) {
    const bucket = bucketOf(us);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return sorted(counts);
}

export function merge(histograms: Iterable<Histogram>): Histogram {
  const counts = new Map<number, number>();
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  }
  return sorted(counts);
}

function sorted(counts: ReadonlyMap<number, number>): Histogram {
  return [...counts].sort(([a], [b]) => a - b);
}

export function countOf(histogram: Histogram): number {
  return histogram.reduce((sum, [, count]) => sum + count, 0);
}

/** The duration that `fraction` (0 to 1) of all durations do not exceed, µs, to the width of a bucket; null: none. */
export function percentileUs(histogram: Histogram, fraction: number): number | null {
  const rank = Math.max(1, Math.ceil(countOf(histogram) * fraction));
  let seen = 0;
  for (const [bucket, count] of histogram) {
    seen += count;
    if (seen >= rank) return middleOf(bucket);
  }
  return null;
}

/** `5:12 8:3`: what a record or a stream keeps. */
export function encodeHistogram(histogram: Histogram): string {
  return histogram.map(([bucket, count]) => `${bucket}:${count}`).join(' ');
}

/** null: the text is no histogram. */
export function decodeHistogram(text: string): Histogram | null {
  if (text === '') return [];
  const counts = new Map<number, number>();
  for (const part of text.split(' ')) {
    const [, bucket, count] = /^(\d+):([1-9]\d*)$/.exec(part) ?? [];
    if (bucket === undefined || counts.has(Number(bucket))) return null;
    counts.set(Number(bucket), Number(count));
  }
  return sorted(counts);
}
