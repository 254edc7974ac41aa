// Asks Slack whether the tokens are good, for the doctor. Posts nothing.

import { WebClient } from '@slack/web-api';
import type { Logger } from '../workflow/ports.ts';
import { clientOptions, failureOf, type SlackAccess, webClient } from './connection.ts';

export interface ProbeResult {
  readonly ok: boolean;
  /** A full sentence. */
  readonly said: string;
}

/** `appToken`: of Socket Mode; null over HTTP. */
export async function probeSlack(
  access: SlackAccess,
  appToken: string | null,
  logger: Logger,
): Promise<readonly ProbeResult[]> {
  const bot = await asked('SLACK_BOT_TOKEN', async () => {
    const answer = await webClient(access, logger).auth.test();
    return `Slack knows the bot as ${answer.user ?? 'unknown'} in ${answer.team ?? 'an unknown workspace'}.`;
  });
  if (appToken === null) return [bot];
  const app = await asked('SLACK_APP_TOKEN', async () => {
    await new WebClient(appToken, clientOptions(access, logger)).apps.connections.open();
    return 'Socket Mode can be opened.';
  });
  return [bot, app];
}

async function asked(variable: string, ask: () => Promise<string>): Promise<ProbeResult> {
  try {
    return { ok: true, said: await ask() };
  } catch (error) {
    const failure = failureOf(error);
    switch (failure.kind) {
      case 'refused':
        return {
          ok: false,
          said: `Slack refused ${variable}: ${failure.error}. Copy it anew from the app's settings.`,
        };
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
