// Digests of values, taken while they are read, so that no value is held. Salted anew for each verification:
// what a result shows of a digest says whether two values are equal, and nothing about what they are.

import { createHash, type Hash, hash } from 'node:crypto';

export interface Digest {
  /** `parts` are kept apart: ('ab', 'c') and ('a', 'bc') differ. */
  add(...parts: readonly Buffer[]): void;
  hex(): string;
}

/** For values whose elements come in an order that both servers share. */
export function orderedDigest(salt: Buffer): Digest {
  const digest: Hash = createHash('sha256').update(salt);
  return {
    add(...parts) {
      for (const part of parts) digest.update(lengthOf(part)).update(part);
    },
    hex: () => digest.digest('hex'),
  };
}

/** For sets and hashes: the sum of their elements' digests, whatever order they come in. */
export function unorderedDigest(salt: Buffer): Digest {
  const sum = new Uint32Array(8);
  return {
    add(...parts) {
      const element = Buffer.concat([salt, ...parts.flatMap((part) => [lengthOf(part), part])]);
      const digest = hash('sha256', element, 'buffer');
      for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] ?? 0) + digest.readUInt32LE(i * 4);
    },
    hex: () => Buffer.from(sum.buffer).toString('hex'),
  };
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32LE(part.length);
  return length;
}
