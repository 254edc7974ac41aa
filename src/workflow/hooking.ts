// Runs a hook of the configuration for a migration. Hooks may take time and are never called under a fence.

import { formatAddress } from '../migration/instance.ts';
import type { HookOutcome } from '../migration/migration.ts';
import type { Hook } from '../migration/policy.ts';
import { writesGoTo } from '../migration/questions.ts';
import type { Session } from './session.ts';

/** At least once: a successor may run it again with the same idempotency key. Never throws for a failing hook. */
export async function runHook(session: Session, name: HookOutcome['hook'], hook: Hook): Promise<HookOutcome> {
  const { migration } = session;
  const payload = {
    event: name,
    migration: migration.id,
    attempt: migration.cutoverAttempts,
    writesGoTo: writesGoTo(migration.state),
    pairs: migration.pairs.map(({ source, target }) => ({
      source: { name: source.name, address: formatAddress(source.address) },
      target: { name: target.name, address: formatAddress(target.address) },
    })),
  };
  const key = `${migration.uid}-${name}-${migration.round}-${migration.cutoverAttempts}`;
  const outcome = await session.workflow.hooks.run(hook, payload, key);
  return { hook: name, ...outcome };
}
