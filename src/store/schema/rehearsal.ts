// What a record has of a rehearsal, as it is read back.

import { z } from 'zod';
import type { Rehearsal } from '../../migration/rehearsal.ts';
import { plan, verification } from './parts.ts';

export const rehearsal = z
  .strictObject({
    outcome: z
      .strictObject({
        at: z.number(),
        plan,
        verification,
        lag: z.strictObject({ bytes: z.number().nullable(), ms: z.number() }).nullable(),
        predictedFenceMs: z.number(),
      })
      .nullable(),
  })
  .nullable() satisfies z.ZodType<Rehearsal | null>;
