// A second opinion on I4, written without the lifecycle: it only watches which events were taken, and knows by
// itself who has approved what since the last thing that took approvals away.

import type { Event } from '../../src/migration/events.ts';
import type { LatencyVerdict } from '../../src/migration/latency/verdict.ts';
import type { Migration } from '../../src/migration/migration.ts';

interface Given {
  readonly user: string;
  readonly groups: readonly string[];
  readonly at: number;
  readonly round: number;
  readonly digest: string;
}

/** After these only a comparison that began later counts. */
const ANEW: readonly Event['kind'][] = ['caught-up', 'undone', 'hold-found', 'answered', 'policy-changed'];

export class ApprovalOracle {
  #given: readonly Given[] = [];
  #standsOn: { readonly digest: string; readonly equal: boolean } | null = null;
  #revert: Given | null = null;
  #since = 0;
  /** As the walks begin. */
  #latency: LatencyVerdict = 'steady';

  /** Told of every event that was taken, with the migration before it. */
  saw(event: Event, before: Migration, now: number): void {
    switch (event.kind) {
      case 'approved':
        this.#given = [...this.#given, { ...event, ...event.by, at: now }];
        return;
      case 'verified': {
        const { result, digest } = event;
        const asDemanded = result.level === before.policy.verification && result.startedAt >= this.#since;
        const equal = asDemanded && result.differenceCount === 0 && result.comparedKeys > 0;
        if (!equal || digest !== this.#standsOn?.digest) this.#given = [];
        this.#standsOn = { digest, equal };
        return;
      }
      case 'revert-requested':
        this.#revert = { ...event, ...event.by, at: now };
        return;
      case 'gate-held':
        if (before.state.phase === 'watching') this.#revert = null;
        return;
      case 'latency-judged': {
        this.#latency = event.verdict;
        const { onBreach } = before.policy.latency;
        if (event.verdict !== 'breached' || onBreach === 'notify') return;
        this.#given = [];
        return;
      }
      case 'denied':
      case 'held':
      case 'approvals-expired':
      case 'policy-changed':
      case 'abort-requested':
      case 'fell-behind':
      case 'caught-up':
      case 'undone':
      case 'hold-found':
      case 'stuck':
      case 'answered':
        this.#given = [];
        this.#standsOn = null;
        this.#revert = null;
        if (ANEW.includes(event.kind)) this.#since = now;
    }
  }

  /** Why a cutover that began with this migration must not have; null: it may. */
  objects(before: Migration, now: number): string | null {
    const { policy, requestedBy, round, digest } = before;
    if (this.#standsOn?.equal !== true) return 'the data was not found equal';
    if (digest === '' || digest !== this.#standsOn.digest) return 'the digest is not that of the comparison';
    const people = new Set(
      this.#given
        .filter((each) => each.round === round && each.digest === digest)
        .filter((each) => now < each.at + policy.approvalLifetimeMs)
        .filter((each) => this.#mayApprove(each, policy.approvers))
        .filter((each) => policy.requesterMayApprove || each.user !== requestedBy)
        .map((each) => each.user),
    );
    if (people.size < policy.approvals) return `${people.size} of ${policy.approvals} approvals`;
    if (this.#latency === 'unknown') return 'the latency is not known';
    const breached = this.#latency === 'breached' && policy.latency.onBreach !== 'notify';
    return breached ? 'the latency is breached' : null;
  }

  /** The same for a revert: one approver, of this very state of the way back. */
  objectsToRevert(before: Migration): string | null {
    if (this.#revert === null) return 'nobody asked for it';
    if (before.state.phase === 'watching' && before.state.wayBack.state === 'closed')
      return 'the way back is closed';
    return this.#mayApprove(this.#revert, before.policy.approvers) ? null : 'not by an approver';
  }

  #mayApprove(given: Given, approvers: readonly string[]): boolean {
    return [given.user, ...given.groups].some((id) => approvers.includes(id));
  }
}
