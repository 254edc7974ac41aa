// The audit as a JSON file in the thread. If Slack will not take it, the report says so and nothing else breaks.

import type { WebClient } from '@slack/web-api';
import type { Migration } from '../../migration/migration.ts';
import type { Records } from '../../workflow/ports.ts';

/** null: uploaded; otherwise why not, for a sentence. */
export async function uploadAudit(
  client: WebClient,
  records: Records,
  migration: Migration,
  thread: string,
): Promise<string | null> {
  const entries = await records.audit(migration.uid);
  const content = JSON.stringify({ id: migration.id, uid: migration.uid, entries }, null, 2);
  try {
    await client.files.uploadV2({
      channel_id: migration.channel,
      thread_ts: thread,
      filename: `${migration.id}-audit.json`,
      title: `Audit of ${migration.id}`,
      content,
    });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : 'Slack did not take it';
  }
}
