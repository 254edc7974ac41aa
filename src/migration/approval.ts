// Who may decide what. Nobody approves by accident (I4): the right person, this round, this digest, in time.

import { type Refusal, refusal } from './errors.ts';
import type { Policy } from './policy.ts';

/** A person at the moment of a click: the user and those of the policy's groups that the user is in. */
export interface Actor {
  readonly user: string;
  readonly groups: readonly string[];
}

export interface Approval {
  readonly user: string;
  readonly at: number;
}

export type Deed = 'start' | 'approve' | 'deny' | 'hold' | 'abort' | 'revert' | 'complete' | 'answer';

/** A user or group in a sentence; Slack's renderer turns it into a mention. */
export function mention(id: string): string {
  return `@[${id}]`;
}

export function isListed(actor: Actor, list: readonly string[]): boolean {
  return list.includes(actor.user) || actor.groups.some((group) => list.includes(group));
}

function listed(ids: readonly string[]): string {
  return ids.map(mention).join(', ');
}

export interface Standing {
  readonly id: string;
  readonly requestedBy: string;
  readonly policy: Policy;
  /** Keys that *Start* deletes. */
  readonly dropsKeys: number;
}

/** null: allowed; otherwise the sentence that says who may. Fails closed. */
export function mayDo(deed: Deed, actor: Actor, standing: Standing): Refusal | null {
  const { policy, requestedBy, id } = standing;
  const approver = isListed(actor, policy.approvers);
  const operator = isListed(actor, policy.operators);
  const requester = actor.user === requestedBy;
  const owners = listed(policy.approvers);
  switch (deed) {
    case 'start':
      if (approver || (requester && standing.dropsKeys === 0)) return null;
      return standing.dropsKeys > 0
        ? no(
            `Starting ${id} deletes ${standing.dropsKeys.toLocaleString('en-US')} keys, so only ${owners} can start it.`,
          )
        : no(`Only ${mention(requestedBy)} or ${owners} can start ${id}.`);
    case 'approve':
      if (requester && !policy.requesterMayApprove) {
        return no(`Only ${owners} can approve ${id}, and not ${mention(requestedBy)}, who asked for it.`);
      }
      return approver ? null : no(`Only ${owners} can approve ${id}.`);
    case 'deny':
    case 'revert':
    case 'complete':
      return approver ? null : no(`Only ${owners} can ${deed} ${id}.`);
    case 'answer':
      return approver || operator
        ? null
        : no(`Only ${listed([...policy.operators, ...policy.approvers])} can answer for ${id}.`);
    case 'hold':
    case 'abort':
      if (operator || requester || approver) return null;
      return no(`Only ${listed([...policy.operators, requestedBy, ...policy.approvers])} can ${deed} ${id}.`);
  }
}

function no(message: string): Refusal {
  return refusal('not-allowed', message, 'Ask one of them.');
}

/** When an approval given at `at` stops counting. */
export function expiresAt(approval: Approval, policy: Policy): number {
  return approval.at + policy.approvalLifetimeMs;
}
