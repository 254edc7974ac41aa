// A control connection as it was enlisted, with the epoch of the owner that opened it.

import { z } from 'zod';
import type { EnlistedConnection } from '../../workflow/ports.ts';

export const enlistedSchema = z.object({
  epoch: z.number(),
  runId: z.string(),
  address: z.object({ host: z.string(), port: z.number() }),
  clientId: z.number().nullable(),
  // Entries of a version before this field have none: they name the connection by its id.
  peer: z.string().nullable().default(null),
}) satisfies z.ZodType<EnlistedConnection>;
