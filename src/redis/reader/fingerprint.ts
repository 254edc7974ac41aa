// What is known of one key on one side, and whether two of them are the same key. Pure.
// Never says what a value is, only how large and whether it is equal.

import type { Difference } from '../../migration/verification.ts';

export interface Fingerprint {
  /** As TYPE says it; `none`: there is no such key. */
  readonly type: string;
  readonly size: number;
  readonly unit: 'bytes' | 'elements';
  readonly digest: string;
  readonly bytes: number;
  /** `unreadable`: it is there, and `why` says what stands against comparing it. */
  readonly extent: 'whole' | 'partial' | 'torn' | 'unreadable';
  readonly why: string;
  /** When it expires by the server's own clock, epoch ms; null: never. */
  readonly expiresAt: ExpiryWindow | null;
  /** The server's clock just after it told the type, epoch ms. */
  readonly readAt: number;
}

/** An expiry is known exactly by PEXPIRETIME; by PTTL as some instant of a window. */
export interface ExpiryWindow {
  readonly from: number;
  readonly to: number;
}

export type Comparison =
  | { readonly kind: 'equal' }
  | { readonly kind: 'differs'; readonly what: Difference['what']; readonly detail: string }
  /** Nothing differs, but not everything could be compared. */
  | { readonly kind: 'unprovable'; readonly why: string };

export interface ExpiryRules {
  /** Two windows may lie this far apart. */
  readonly toleranceMs: number;
  /**
   * The target may end a key later by this much. Before 7.0 a source sends expiries as time left, which the
   * target counts from the moment at which it applies them.
   */
  readonly mayDriftMs: number;
}

/** Both sides know PEXPIRETIME, and every expiry was sent as an instant. */
export const EXACT_EXPIRY: ExpiryRules = { toleranceMs: 0, mayDriftMs: 0 };
export const BY_TIME_LEFT: ExpiryRules = { toleranceMs: 50, mayDriftMs: 0 };
/** The tolerance is that of the two clocks then. */
export const WITH_DRIFT: ExpiryRules = { toleranceMs: 1_000, mayDriftMs: 60_000 };

export function compare(source: Fingerprint, target: Fingerprint, rules: ExpiryRules): Comparison {
  if (source.type === 'none' && target.type === 'none') return { kind: 'equal' };
  if (target.type === 'none') {
    if (wasOver(source, target)) return { kind: 'equal' };
    return differs('missing', `${describe(source)} on the source, nothing on the target`);
  }
  if (source.type === 'none') {
    if (wasOver(target, source)) return { kind: 'equal' };
    return differs('extra', `nothing on the source, ${describe(target)} on the target`);
  }
  if (source.type !== target.type) {
    return differs('type', `${source.type} on the source, ${target.type} on the target`);
  }
  if (!sameValue(source, target)) return differs('value', valueDetail(source, target));
  if (!expiriesAgree(source.expiresAt, target.expiresAt, rules)) {
    return differs('expiry', `${expiryOf(source)} on the source, ${expiryOf(target)} on the target`);
  }
  const limit = [source, target].find(({ extent }) => extent === 'unreadable' || extent === 'partial');
  return limit === undefined ? { kind: 'equal' } : { kind: 'unprovable', why: limit.why };
}

/** Did the key stand still between two readings of one side? A reading that was torn never did. */
export function stoodStill(before: Fingerprint, after: Fingerprint, rules: ExpiryRules): boolean {
  if (before.extent === 'torn' || after.extent === 'torn') return false;
  return (
    before.type === after.type &&
    sameValue(before, after) &&
    expiriesAgree(before.expiresAt, after.expiresAt, { ...rules, mayDriftMs: 0 })
  );
}

/** By the clock of the server that no longer shows it, the key's time was over. */
function wasOver(there: Fingerprint, gone: Fingerprint): boolean {
  return there.expiresAt !== null && there.expiresAt.from <= gone.readAt;
}

function differs(what: Difference['what'], detail: string): Comparison {
  return { kind: 'differs', what, detail };
}

function sameValue(one: Fingerprint, other: Fingerprint): boolean {
  if (one.extent === 'unreadable' || other.extent === 'unreadable') return true;
  // A part whose order is the server's own has no digest.
  const digestsAgree = one.digest === other.digest || one.digest === '' || other.digest === '';
  return one.size === other.size && digestsAgree;
}

export function expiriesAgree(
  source: ExpiryWindow | null,
  target: ExpiryWindow | null,
  { toleranceMs, mayDriftMs }: ExpiryRules,
): boolean {
  if (source === null || target === null) return source === target;
  return target.to >= source.from - toleranceMs && target.from <= source.to + toleranceMs + mayDriftMs;
}

function describe({ type, size, unit }: Fingerprint): string {
  return VALUE_SIZES.has(type) ? `a ${type} of ${sizeOf(size, unit)}` : `a value of type ${type}`;
}

const VALUE_SIZES: ReadonlySet<string> = new Set(['string', 'list', 'set', 'hash', 'zset', 'stream']);

function valueDetail(source: Fingerprint, target: Fingerprint): string {
  if (source.size !== target.size) {
    const { type, unit } = source;
    return `${type}: ${sizeOf(source.size, unit)} on the source, ${sizeOf(target.size, unit)} on the target`;
  }
  const digests = `digest ${short(source)} on the source, ${short(target)} on the target`;
  return `${source.type}: ${sizeOf(source.size, source.unit)} on both, ${digests}`;
}

function short({ digest }: Fingerprint): string {
  return digest === '' ? 'unknown' : digest.slice(0, 8);
}

function sizeOf(size: number, unit: 'bytes' | 'elements'): string {
  const noun = size === 1 ? unit.slice(0, -1) : unit;
  return `${size.toLocaleString('en-US')} ${noun}`;
}

function expiryOf({ expiresAt }: Fingerprint): string {
  if (expiresAt === null) return 'never expires';
  // An expiry may be any 64-bit number; a Date cannot.
  const at = new Date(expiresAt.from);
  return Number.isNaN(at.getTime()) ? 'expires far in the future' : `expires ${at.toISOString()}`;
}
