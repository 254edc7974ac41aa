// Audit entries and announcements as they are read back. Only the envelope is parsed: they are history,
// written by this and earlier versions, shown to people and never decided upon.

import { z } from 'zod';
import type { Announcement, AnnouncementBody } from '../../migration/announcement.ts';
import type { AuditEntry, Event } from '../../migration/events.ts';

const kind = z.looseObject({ kind: z.string() });

export const auditEntrySchema = z.object({
  at: z.number(),
  from: z.string(),
  to: z.string(),
  event: kind.transform((event) => event as unknown as Event),
}) satisfies z.ZodType<AuditEntry>;

export const announcementSchema = z.object({
  number: z.number(),
  at: z.number(),
  weight: z.enum(['decision', 'incident', 'event']),
  key: z.string().nullable(),
  body: kind.transform((body) => body as unknown as AnnouncementBody),
}) satisfies z.ZodType<Announcement>;
