// Settings that Ferry changes on a server and puts back (I12). The ledger is written before the server
// is touched, so that a crash in between leaves an entry, never a forgotten change.

import { FerryError } from '../migration/errors.ts';
import { type Instance, SIDES, type Side } from '../migration/instance.ts';
import type { LedgerEntry, SettingChange, SettingValue } from '../migration/plan.ts';
import type { ControlConnection, Secrets } from './ports.ts';
import { CONTROL_TIMEOUT_MS, type Session } from './session.ts';

/** Makes every change of the plan that is not in the ledger yet. Throws where a value may not be replaced. */
export async function changeSettings(session: Session, changes: readonly SettingChange[]): Promise<void> {
  for (const change of changes) {
    const { ledger } = session.migration;
    const index = ledger.findIndex((entry) => sameSetting(entry, change));
    if (index === -1) await makeChange(session, change);
    else if (ledger[index]?.state === 'intended') await repeatChange(session, change, index);
  }
}

function sameSetting(a: LedgerEntry | SettingChange, b: SettingChange): boolean {
  return a.pair === b.pair && a.side === b.side && a.name === b.name;
}

async function makeChange(session: Session, change: SettingChange): Promise<void> {
  const { secrets } = session.workflow;
  const control = await session.control(change.pair, change.side);
  const current = await readSetting(control, change.name);
  const wanted = await plain(secrets, change.to);
  if (current === wanted) return;
  const was = await describeValue(session.pair(change.pair)[change.side], change, current, secrets);
  const { pair, side, name } = change;
  const index = session.migration.ledger.length;
  const entry: LedgerEntry = { pair, side, name, was, now: change.to, state: 'intended' };
  await session.mustApply({ kind: 'setting-intended', entry });
  await write(control, name, wanted);
  await session.mustApply({ kind: 'setting-settled', index, state: 'set' });
}

/** An entry that a crash left as `intended`: the value decides whether the change still has to be made. */
async function repeatChange(session: Session, change: SettingChange, index: number): Promise<void> {
  const control = await session.control(change.pair, change.side);
  const wanted = await plain(session.workflow.secrets, change.to);
  if ((await readSetting(control, change.name)) !== wanted) await write(control, change.name, wanted);
  await session.mustApply({ kind: 'setting-settled', index, state: 'set' });
}

/**
 * Puts back what the ledger says was changed. A value that somebody else changed meanwhile is left alone
 * and marked `foreign`. Throws while a server cannot be reached, and goes on from there the next time.
 */
export async function restoreSettings(session: Session, sides: readonly Side[] = SIDES): Promise<void> {
  const { secrets } = session.workflow;
  for (const [index, entry] of session.migration.ledger.entries()) {
    if (entry.state === 'restored' || entry.state === 'foreign' || !sides.includes(entry.side)) continue;
    const control = await session.control(entry.pair, entry.side);
    const current = await readSetting(control, entry.name);
    const was = await plain(secrets, entry.was);
    const now = await plain(secrets, entry.now);
    if (current === now && current !== was) await write(control, entry.name, was);
    const state = current === now || current === was ? 'restored' : 'foreign';
    await session.mustApply({ kind: 'setting-settled', index, state });
  }
}

async function readSetting(control: ControlConnection, name: string): Promise<string> {
  const value = await control.readSetting(name, CONTROL_TIMEOUT_MS);
  if (value === null) {
    throw new FerryError('no-such-setting', `The server does not know the setting ${name}.`);
  }
  return value;
}

async function write(control: ControlConnection, name: string, value: string): Promise<void> {
  const result = await control.changeSetting(name, value, CONTROL_TIMEOUT_MS);
  if (result.kind !== 'done')
    throw new FerryError('setting-not-changed', `${name} was not changed: ${result.why}.`);
}

async function plain(secrets: Secrets, value: SettingValue): Promise<string> {
  return 'text' in value ? value.text : secrets.resolve(value.ref);
}

/** A secret is kept as a reference; one that the inventory does not know is never overwritten (I9). */
async function describeValue(
  instance: Instance,
  change: SettingChange,
  current: string,
  secrets: Secrets,
): Promise<SettingValue> {
  if ('text' in change.to || current === '') return { text: current };
  const own = instance.passwordRef;
  if (own !== null && (await secrets.resolve(own)) === current) return { ref: own };
  throw new FerryError(
    'foreign-secret',
    `${change.name} on ${instance.name} is set to a value that the inventory does not know, so Ferry could not put it back.`,
    {
      hint: `Clear it on ${instance.name}, or set it to the password of the other server yourself, and start again.`,
    },
  );
}
