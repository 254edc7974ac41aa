// Who may decide what. Nobody approves by accident (I4): the right person, this round, this digest, in time.

import { counted } from './checks/figures.ts';
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
  return [...new Set(ids)].map(mention).join(', ');
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
  const { approvers, operators } = policy;
  const approver = isListed(actor, approvers);
  const operator = isListed(actor, operators);
  const requester = actor.user === requestedBy;
  const drops = counted(standing.dropsKeys, 'key');
  switch (deed) {
    case 'start':
      if (approver || (requester && standing.dropsKeys === 0)) return null;
      return standing.dropsKeys > 0
        ? no(
            `start ${id}`,
            approvers,
            (them) => `Starting ${id} deletes ${drops}, so only ${them} can start it.`,
          )
        : no(`start ${id}`, [requestedBy, ...approvers]);
    case 'approve':
      if (requester && !policy.requesterMayApprove) {
        const not = `and not ${mention(requestedBy)}, who asked for it`;
        return no(`approve ${id}`, approvers, (them) => `Only ${them} can approve ${id}, ${not}.`);
      }
      return approver ? null : no(`approve ${id}`, approvers);
    case 'deny':
    case 'revert':
    case 'complete':
      return approver ? null : no(`${deed} ${id}`, approvers);
    case 'answer':
      return approver || operator ? null : no(`answer for ${id}`, [...operators, ...approvers]);
    case 'hold':
    case 'abort':
      if (operator || requester || approver) return null;
      return no(`${deed} ${id}`, [...operators, requestedBy, ...approvers]);
  }
}

function no(
  what: string,
  who: readonly string[],
  put = (them: string) => `Only ${them} can ${what}.`,
): Refusal {
  if (who.length === 0) {
    return refusal('not-allowed', `Nobody is listed who can ${what}.`, 'List them in the configuration.');
  }
  return refusal('not-allowed', put(listed(who)), 'Ask one of them.');
}

/** When an approval given at `at` stops counting. */
export function expiresAt(approval: Approval, policy: Policy): number {
  return approval.at + policy.approvalLifetimeMs;
}
