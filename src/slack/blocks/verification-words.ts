// What a comparison of the data is worth, in one sentence for whoever decides on it.

import type { VerificationResult } from '../../migration/verification.ts';

/** What it would have shown, and what not. */
export function worthOf({ level, basis }: VerificationResult): string {
  if (level === 'counts')
    return 'Only the numbers of keys were compared: a value that differs would not show.';
  switch (basis) {
    case 'both':
      return level === 'full'
        ? 'Every key of both servers was compared by type, value and expiry.'
        : 'Keys were drawn at random on both servers: a difference in a few others would not show.';
    case 'one':
      return level === 'full'
        ? 'One server cannot list its keys (Redis before 2.8): each key of the other was looked up on it, and a key that only it has would show in the counts alone.'
        : 'One server cannot list its keys (Redis before 2.8): keys were drawn at random and counted on both, and a difference in a few others would not show.';
    case 'drawn':
      return 'Neither server can list its keys (Redis before 2.8): keys were drawn at random and counted on both, and a difference in a few others would not show.';
    case 'counts':
      return 'Only the numbers of keys were compared: a value that differs would not show.';
  }
}
