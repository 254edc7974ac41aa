// What a button carried, parsed: anything that is not exactly what Ferry put there is refused.

import { z } from 'zod';
import type { Decided } from '../../blocks/buttons.ts';

const schema = z.strictObject({
  uid: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\w-]+$/),
  round: z.number().int().min(0),
  digest: z.string().max(128),
});

/** null: tampered with, or not ours. */
export function parseValue(value: string | undefined): Decided | null {
  if (value === undefined || value.length > 2000) return null;
  try {
    const parsed = schema.safeParse(JSON.parse(value));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
