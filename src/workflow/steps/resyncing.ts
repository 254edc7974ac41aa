// A transfer that begins anew by itself: told with its cause where the servers' settings show one, and ended after
// a few times, because each costs the source a snapshot. A target is set aside only while it is a replica (I5).

import { type Capability, capabilitiesOf } from '../../migration/capabilities.ts';
import type { Event } from '../../migration/events.ts';
import type { Side } from '../../migration/instance.ts';
import type { Answer, Syncing } from '../../migration/migration.ts';
import { usualAnswers } from '../../migration/phases/needs-human.ts';
import { MAX_RESTARTS, totalKeys } from '../../migration/progress.ts';
import { explain, parseOutputLimit, type TransferLimits } from '../../migration/resync-cause.ts';
import type { Notes } from '../notes.ts';
import { seeServer } from '../roles.ts';
import { identitiesOf } from '../routing.ts';
import { CONTROL_TIMEOUT_MS, type Session } from '../session.ts';
import { happened, lookAgain, type StepResult } from './step.ts';

/** A target that loads answers nothing else; between two loads there is a moment. */
const BETWEEN_LOADS_MS = 300;

/** Read while the target answers: one that loads does not tell its settings. */
export async function readLimits(session: Session, index: number, notes: Notes): Promise<TransferLimits> {
  const { source, target } = session.pair(index);
  const before = notes.stream(index).limits;
  const running = identitiesOf(session.migration.state)[index]?.source;
  const can = (capability: Capability) => running !== undefined && capabilitiesOf(running).can(capability);
  const backlogBytes = notes.lastLook(index)?.source?.backlogSizeBytes ?? 0;
  const timeout = (text: string | null) => (text === null ? null : Number(text));
  const limits: TransferLimits = {
    source: source.name,
    target: target.name,
    className: can('replica-words') ? 'replica' : 'slave',
    output: parseOutputLimit(
      await read(session, index, 'source', 'client-output-buffer-limit'),
      can('buffer-covers-backlog') ? backlogBytes : 0,
    ),
    sourceTimeoutSeconds: timeout(await read(session, index, 'source', 'repl-timeout')),
    targetTimeoutSeconds:
      timeout(await read(session, index, 'target', 'repl-timeout')) ?? before?.targetTimeoutSeconds ?? null,
    sourceUsedBytes: notes.lastLook(index)?.source?.usedMemoryBytes ?? before?.sourceUsedBytes ?? 0,
  };
  notes.stream(index).limits = limits;
  return limits;
}

async function read(session: Session, index: number, side: Side, name: string): Promise<string | null> {
  try {
    const control = await session.control(index, side);
    return await control.readSetting(name, CONTROL_TIMEOUT_MS);
  } catch (error) {
    session.assertOwner();
    session.log.debug({ side, name, err: error }, 'the setting was not read');
    return null;
  }
}

/** null: no transfer of this pair began anew since the last look. */
export async function restarted(session: Session, index: number, notes: Notes): Promise<Event | null> {
  const stream = notes.stream(index);
  const { ended } = stream;
  if (ended === null) return null;
  const explained = explain(ended, await readLimits(session, index, notes));
  session.log.info({ pair: index, ...ended, cause: explained.cause }, 'the transfer began anew');
  stream.ended = null;
  stream.explained = explained;
  return { kind: 'transfer-restarted', pair: index, ...explained };
}

/** null: nothing to stop. A primary is left alone: whoever looks next finds it and asks (I5). */
export async function stopLoop(
  session: Session,
  state: Syncing,
  index: number,
  notes: Notes,
): Promise<StepResult | null> {
  const progress = state.progress[index];
  if (progress === undefined) return null;
  if (progress.pointed === 'aside') return happened(await question(session, state, index, notes));
  if (progress.pointed !== 'yes' || progress.restarts < MAX_RESTARTS) return null;
  const { role } = await seeServer(session, index, 'target');
  if (role === 'primary') return null;
  if (role !== 'set-aside' && !(await takeOff(session, index))) return lookAgain(BETWEEN_LOADS_MS);
  return happened({ kind: 'target-set-aside', pair: index });
}

async function takeOff(session: Session, index: number): Promise<boolean> {
  try {
    const control = await session.control(index, 'target');
    const parked = await control.follow(session.workflow.replication.parkingAddress, CONTROL_TIMEOUT_MS);
    if (parked.kind === 'done') return true;
    session.log.warn({ why: parked.why }, 'the target was not set aside yet');
  } catch (error) {
    session.assertOwner();
    session.log.warn({ err: error }, 'the target was not set aside yet');
  }
  session.drop(index, 'target');
  return false;
}

async function question(session: Session, state: Syncing, index: number, notes: Notes): Promise<Event> {
  const { source, target } = session.pair(index);
  const { cause, remedy } = notes.stream(index).explained ?? { cause: null, remedy: null };
  const { observed } = await seeServer(session, index, 'target');
  const held = observed === null ? 'a part of the data' : `${totalKeys(observed.keysByDb)} keys`;
  const why = cause === null ? 'why is not known; both logs may tell' : cause;
  return {
    kind: 'stuck',
    question: `The transfer from ${source.name} to ${target.name} began anew again and again. Try again?`,
    facts: [
      `It began anew ${MAX_RESTARTS} times: ${why}.`,
      ...(remedy === null ? [] : [remedy]),
      `${target.name} was set aside: it follows nobody now, and ${source.name} writes no more snapshots for it.`,
      `${target.name} holds ${held}, a part of the data at most: nothing should use it.`,
    ],
    answers: usualAnswers(state).map((answer) => (answer.id === 'recheck' ? tryAgain(target.name) : answer)),
  };
}

function tryAgain(target: string): Answer {
  return {
    id: 'recheck',
    label: 'Try again',
    effect: `Ferry points ${target} at the source anew: a whole transfer from its beginning.`,
  };
}
