// Which of a policy's user groups a person is in, asked of Slack and remembered for a minute.
// Fails closed: a group that cannot be read has nobody in it, and the answer says so.

import type { WebClient } from '@slack/web-api';
import type { Actor } from '../migration/approval.ts';
import type { Policy } from '../migration/policy.ts';
import type { Clock, Logger } from '../workflow/ports.ts';
import { failureOf } from './connection.ts';

const KEEP_MS = 60_000;

export interface Resolved {
  readonly actor: Actor;
  /** Groups whose members could not be read. */
  readonly unread: readonly string[];
}

export interface Groups {
  /** Looks only at the groups that the policy names. */
  resolve(user: string, policy: Policy): Promise<Resolved>;
}

export function createGroups(client: WebClient, clock: Clock, logger: Logger): Groups {
  const known = new Map<string, { readonly users: ReadonlySet<string>; readonly until: number }>();

  async function membersOf(group: string): Promise<ReadonlySet<string> | null> {
    const kept = known.get(group);
    if (kept !== undefined && kept.until > clock.monotonicMs()) return kept.users;
    try {
      const answer = await client.usergroups.users.list({ usergroup: group });
      const users = new Set(answer.users ?? []);
      known.set(group, { users, until: clock.monotonicMs() + KEEP_MS });
      return users;
    } catch (error) {
      logger.warn({ group, failure: failureOf(error) }, 'The members of a user group could not be read.');
      return null;
    }
  }

  return {
    async resolve(user, policy) {
      const wanted = new Set([...policy.approvers, ...policy.operators].filter((id) => id.startsWith('S')));
      const groups: string[] = [];
      const unread: string[] = [];
      await Promise.all(
        [...wanted].map(async (group) => {
          const members = await membersOf(group);
          if (members === null) unread.push(group);
          else if (members.has(user)) groups.push(group);
        }),
      );
      return { actor: { user, groups }, unread };
    },
  };
}
