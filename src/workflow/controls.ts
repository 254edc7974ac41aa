// The control connections of one owner: at most one to each server, opened when it is needed, never shared with
// another owner. What earlier owners left open on a server is ended before the first act there (I8).

import { FerryError } from '../migration/errors.ts';
import { formatAddress, type Side, sameRun } from '../migration/instance.ts';
import type { ControlConnection } from './ports.ts';
import { harmlessSource } from './rehearsal-source.ts';
import type { Session } from './session.ts';

interface Opened {
  readonly control: ControlConnection;
  /** The relay by which the servers knew each other then: with another one the roles would be misread. */
  readonly via: string | null;
}

export class Controls {
  readonly #session: Session;
  readonly #open = new Map<string, Opened>();
  /** Being opened: whoever asks meanwhile gets the same one. */
  readonly #opening = new Map<string, Promise<ControlConnection>>();
  #isClosed = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** null: none is open and armed. Asks nobody. */
  open(index: number, side: Side): ControlConnection | null {
    const open = this.#open.get(keyOf(index, side));
    return open?.control.armed === true && open.via === this.#via(index) ? open.control : null;
  }

  /** The open one while it is armed, else a new one. Throws where Ferry may not act on the server. */
  async get(index: number, side: Side, timeoutMs: number): Promise<ControlConnection> {
    const open = this.open(index, side);
    if (open !== null) return open;
    const key = keyOf(index, side);
    const underWay = this.#opening.get(key);
    if (underWay !== undefined) return underWay;
    this.drop(index, side);
    const via = this.#via(index);
    const opening = this.#takeOver(index, side, timeoutMs);
    this.#opening.set(key, opening);
    try {
      const opened = await opening;
      this.#keep(key, { control: opened, via });
      return opened;
    } finally {
      this.#opening.delete(key);
    }
  }

  /**
   * A new one to a server that was restarted, in place of the open one. Not armed: a server that lost its data lost
   * its guard as well, and a write of Ferry's own would wait where writes are held, or be taken for a client's.
   */
  async openRestarted(index: number, side: Side, timeoutMs: number): Promise<ControlConnection> {
    const via = this.#via(index);
    const control = await this.#openEnlisted(index, side, timeoutMs);
    this.#keep(keyOf(index, side), { control, via });
    return control;
  }

  drop(index: number, side: Side): void {
    const key = keyOf(index, side);
    this.#open.get(key)?.control.close();
    this.#open.delete(key);
  }

  close(): void {
    this.#isClosed = true;
    for (const { control } of this.#open.values()) control.close();
    this.#open.clear();
  }

  #keep(key: string, opened: Opened): void {
    const before = this.#open.get(key)?.control;
    if (before !== opened.control) before?.close();
    if (this.#isClosed) opened.control.close();
    else this.#open.set(key, opened);
  }

  #via(index: number): string | null {
    const { via } = this.#session.pair(index);
    return via === undefined ? null : formatAddress(via);
  }

  async #takeOver(index: number, side: Side, timeoutMs: number): Promise<ControlConnection> {
    const session = this.#session;
    const opened = await this.#openEnlisted(index, side, timeoutMs);
    try {
      // It may have been restarted: a guard would be the first write that it takes.
      if (side === 'source') await session.sentry.settled(session, index, timeoutMs);
      const why = await whyNotArmed(opened, timeoutMs);
      if (why === null) return opened;
      throw new FerryError('guarded', `Ferry may not change ${session.pair(index)[side].name}: ${why}.`);
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** Earlier owners' connections are ended first (I8). */
  async #openEnlisted(index: number, side: Side, timeoutMs: number): Promise<ControlConnection> {
    const session = this.#session;
    const { servers, records } = session.workflow;
    const pair = session.pair(index);
    const opened = await servers.control(pair, side, session.owner, { arm: false, timeoutMs });
    if (opened === null) {
      session.lose('a control connection was refused');
      session.assertOwner();
      throw new FerryError('not-owner', `${session.migration.id} is driven by another worker.`);
    }
    try {
      const earlier = (await records.enlistedBefore(session.owner)).filter((each) =>
        sameRun(each.runId, opened.runId),
      );
      if (earlier.length > 0) {
        await opened.endConnections(earlier, timeoutMs);
        await records.delist(session.owner, earlier);
      }
      const isRehearsed = side === 'source' && session.migration.rehearsal !== null;
      return isRehearsed ? harmlessSource(opened) : opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }
}

/** An earlier owner's guard is enough to act under: where a hold stands nobody can write a new one. null: armed. */
async function whyNotArmed(opened: ControlConnection, timeoutMs: number): Promise<string | null> {
  if (await opened.arm(timeoutMs)) return null;
  const { role } = await opened.observe(timeoutMs);
  const taken = role.kind === 'primary' ? await opened.takeGuard(timeoutMs) : null;
  if (taken?.kind === 'done' && (await opened.arm(timeoutMs))) return null;
  return taken?.kind === 'refused' ? taken.why : 'its guard belongs to another owner';
}

function keyOf(index: number, side: Side): string {
  return `${index}:${side}`;
}
