// The parts of a sentence about a wait: people, names, instants, counts. People appear as `@[id]` and instants
// as `@[epoch ms]`, which Slack's renderer turns into its own.

import { mention } from './approval.ts';
import type { Following, Migration } from './migration.ts';

/** An instant in a sentence; Slack's renderer turns it into the reader's own time. */
export function instant(at: number): string {
  return `@[${Math.floor(at)}]`;
}

export function approvedBy(state: Following): string {
  if (state.approvals.length === 0) return '';
  return `${state.approvals.map((approval) => mention(approval.user)).join(' and ')} approved.`;
}

export function stillToApprove(migration: Migration, state: Following): string {
  const { policy, requestedBy } = migration;
  const done = state.approvals.map((approval) => approval.user);
  const not = [...(policy.requesterMayApprove ? [] : [requestedBy]), ...done];
  const but = [...new Set(not)].map(mention).join(' and ');
  return but === '' ? listed(policy.approvers) : `${listed(policy.approvers)} but ${but}`;
}

export function operators(migration: Migration): string {
  const { policy, requestedBy } = migration;
  return listed([...new Set([...policy.operators, requestedBy, ...policy.approvers])]);
}

export function answerers(migration: Migration): string {
  return listed([...new Set([...migration.policy.operators, ...migration.policy.approvers])]);
}

export function listed(ids: readonly string[]): string {
  if (ids.length < 2) return ids.map(mention).join('');
  return `${ids.slice(0, -1).map(mention).join(', ')} or ${mention(ids.at(-1) ?? '')}`;
}

/** Ferry itself acts where the policy says so. */
export function byWhom(id: string): string {
  return id === 'ferry' ? 'Ferry' : mention(id);
}

export function theSource(migration: Migration): string {
  return migration.pairs[0]?.source.name ?? 'the source';
}

export function theTarget(migration: Migration): string {
  return migration.pairs[0]?.target.name ?? 'the target';
}

export function keys(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'key' : 'keys'}`;
}

/** Reasons come with or without a full stop; inside a sentence they have none. */
export function trimmed(reason: string): string {
  return reason.replace(/[.\s]+$/, '');
}

export function forHowLong(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
