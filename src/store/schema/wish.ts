// A person's wish as it is read back from the wishes stream.

import { z } from 'zod';
import type { Wish } from '../../migration/events.ts';

const by = z.strictObject({ user: z.string(), groups: z.array(z.string()) });
const decision = { by, round: z.number(), digest: z.string() };

export const wishSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('start-requested'), ...decision }),
  z.strictObject({ kind: z.literal('approved'), ...decision }),
  z.strictObject({ kind: z.literal('denied'), ...decision }),
  z.strictObject({ kind: z.literal('held'), ...decision }),
  z.strictObject({ kind: z.literal('abort-requested'), by }),
  z.strictObject({ kind: z.literal('revert-requested'), ...decision }),
  z.strictObject({ kind: z.literal('complete-requested'), ...decision }),
  z.strictObject({
    kind: z.literal('answered'),
    answer: z.enum(['recheck', 'abort', 'finish', 'old']),
    ...decision,
  }),
]) satisfies z.ZodType<Wish>;
