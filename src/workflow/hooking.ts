// Runs a hook of the configuration for a migration. Hooks may take minutes and are never called under a fence; the
// one of a switch runs beside the ticks, because the servers are to be watched meanwhile.

import type { Direction } from '../migration/cutover.ts';
import { FerryError, sentence } from '../migration/errors.ts';
import { formatAddress } from '../migration/instance.ts';
import type { HookOutcome } from '../migration/migration.ts';
import type { Hook } from '../migration/policy.ts';
import { writesGoTo } from '../migration/questions.ts';
import type { Notes } from './notes.ts';
import type { Session } from './session.ts';

/** At least once: a successor may run it again with the same idempotency key. Never throws for a failing hook. */
export async function runHook(session: Session, name: HookOutcome['hook'], hook: Hook): Promise<HookOutcome> {
  const { uid, round, cutoverAttempts } = session.migration;
  const key = `${uid}-${name}-${round}-${cutoverAttempts}`;
  const outcome = await session.workflow.hooks.run(hook, payloadOf(session, name, cutoverAttempts), key);
  return { hook: name, ...outcome };
}

/**
 * Tells the world where writes go, once an owner and direction, and comes back at once. A call waits for the one
 * before, so that the last one told is the right one. Nobody waits for a successor's: an outcome that was not
 * recorded is not known, and it calls again with the same key.
 */
export function callSwitch(session: Session, notes: Notes, direction: Direction, attempt: number): void {
  const { migration, workflow, log } = session;
  const hook = migration.hooks.switch;
  if (hook === null || !notes.once(`switch:${direction}`)) return;
  const payload = payloadOf(session, 'switch', attempt);
  const key = `${migration.uid}-switch-${attempt}`;
  const { switchCalls } = notes;
  const call = async (): Promise<void> => {
    const outcome = await workflow.hooks.run(hook, payload, key).catch((error: unknown) => {
      log.warn({ err: error }, 'the switch hook could not be called');
      const detail = error instanceof FerryError ? sentence(error) : 'it could not be called';
      return { ok: false, detail, tookMs: 0 };
    });
    switchCalls.running -= 1;
    switchCalls.outcomes.push({ hook: 'switch', ...outcome });
  };
  switchCalls.running += 1;
  switchCalls.last = switchCalls.last.then(call);
}

/** An outcome that is to be recorded, each once, the first call's first; null: none is there. */
export function settledHook({ switchCalls }: Notes): HookOutcome | null {
  return switchCalls.outcomes.shift() ?? null;
}

/** Is there an outcome that the record does not have yet? */
export function isHookOpen({ switchCalls }: Notes): boolean {
  return switchCalls.running > 0 || switchCalls.outcomes.length > 0;
}

function payloadOf({ migration }: Session, name: HookOutcome['hook'], attempt: number): object {
  return {
    event: name,
    migration: migration.id,
    attempt,
    writesGoTo: writesGoTo(migration.state),
    pairs: migration.pairs.map(({ source, target }) => ({
      source: { name: source.name, address: formatAddress(source.address) },
      target: { name: target.name, address: formatAddress(target.address) },
    })),
  };
}
