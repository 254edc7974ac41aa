// Asks Slack for the doctor whether the tokens are good, whether the app may do what Ferry does, and whether the user
// groups of the configuration can be read. Posts nothing.

import { WebClient } from '@slack/web-api';
import type { Logger } from '../workflow/ports.ts';
import { clientOptions, failureOf, type SlackAccess, webClient } from './connection.ts';

export interface ProbeResult {
  readonly ok: boolean;
  /** A full sentence. */
  readonly said: string;
}

/** As in the manifests. */
export const SCOPES: readonly string[] = ['commands', 'chat:write', 'usergroups:read', 'files:write'];

/** `appToken`: of Socket Mode; null over HTTP. `groups`: ids of user groups that decide. */
export async function probeSlack(
  access: SlackAccess,
  appToken: string | null,
  groups: readonly string[],
  logger: Logger,
): Promise<readonly ProbeResult[]> {
  const client = webClient(access, logger);
  const anew = (variable: string) => `Slack refused ${variable}: {}. Copy it anew from the app's settings.`;
  let missing: readonly string[] = [];
  const results = [
    await asked(anew('SLACK_BOT_TOKEN'), async () => {
      const answer = await client.auth.test();
      const granted = answer.response_metadata?.scopes ?? [];
      missing = SCOPES.filter((scope) => !granted.includes(scope));
      return `Slack knows the bot as ${answer.user ?? 'unknown'} in ${answer.team ?? 'an unknown workspace'}.`;
    }),
  ];
  if (missing.length > 0) {
    const said = `The app lacks ${missing.join(', ')}. Add them under OAuth & Permissions, as in manifests/, and install it anew.`;
    results.push({ ok: false, said });
  }
  for (const group of results[0]?.ok === true ? groups : []) {
    const refused = `The members of ${group} cannot be read: {}. Nobody of that group may decide; correct its id in the configuration, or name people.`;
    results.push(
      await asked(refused, async () => {
        const { users = [] } = await client.usergroups.users.list({ usergroup: group });
        return `User group ${group} has ${users.length} ${users.length === 1 ? 'member' : 'members'}.`;
      }),
    );
  }
  if (appToken === null) return results;
  const app = await asked(anew('SLACK_APP_TOKEN'), async () => {
    await new WebClient(appToken, clientOptions(access, logger)).apps.connections.open();
    return 'Socket Mode can be opened.';
  });
  return [...results, app];
}

/** `refused`: the sentence for a refusal, `{}` standing for Slack's code. */
async function asked(refused: string, ask: () => Promise<string>): Promise<ProbeResult> {
  try {
    return { ok: true, said: await ask() };
  } catch (error) {
    const failure = failureOf(error);
    switch (failure.kind) {
      case 'refused':
        return { ok: false, said: refused.replace('{}', failure.error) };
      case 'limited':
        return {
          ok: false,
          said: `Slack limits calls now; try again in ${Math.ceil(failure.waitMs / 1_000)} s.`,
        };
      case 'ours':
        throw error;
      case 'away':
        return {
          ok: false,
          said: `Slack does not answer (${failure.why}). Is SLACK_API_URL right and the network open?`,
        };
    }
  }
}
