// A real Bolt app with its real receivers, connected to the fake Slack in either mode.
import { App, HTTPReceiver, SocketModeReceiver } from '@slack/bolt';
import type { FakeSlack } from '../../../src/sandbox/slack/fake-slack.ts';
import { type FakeSlackOptions, startFakeSlack } from '../../../src/sandbox/slack/start-fake-slack.ts';
import { SILENT } from './silent-logger.ts';

export interface Connected {
  readonly slack: FakeSlack;
  readonly app: App;
  /** Where signed requests go in HTTP mode. */
  readonly eventsUrl: string | undefined;
  /** What Bolt's own error handler was given. */
  readonly errors: Error[];
  stop(): Promise<void>;
}

/** Starts both; `register` adds the listeners. Resolves once the app can be reached. */
export async function connect(
  mode: 'socket' | 'http',
  register: (app: App) => void,
  options: Partial<FakeSlackOptions> = {},
): Promise<Connected> {
  const slack = await startFakeSlack({ ...options, mode });
  const { botToken, appToken, signingSecret } = slack.credentials;
  const clientOptions = () => ({ slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } });
  const receiver =
    mode === 'socket'
      ? new SocketModeReceiver({
          appToken,
          logger: SILENT,
          installerOptions: { clientOptions: clientOptions() },
        })
      : new HTTPReceiver({ signingSecret, logger: SILENT, port: 0 });
  const app = new App({
    token: botToken,
    receiver,
    clientOptions: clientOptions(),
    deferInitialization: true,
    logger: SILENT,
  });
  const errors: Error[] = [];
  app.error(async (error) => {
    errors.push(error);
  });
  register(app);
  await app.init();
  const server: unknown = await app.start(0);
  const eventsUrl = mode === 'http' ? `http://127.0.0.1:${portOf(server)}/slack/events` : undefined;
  if (eventsUrl !== undefined) slack.setEventsUrl(eventsUrl);
  return {
    slack,
    app,
    eventsUrl,
    errors,
    stop: async () => {
      await app.stop();
      await slack.close();
    },
  };
}

function portOf(server: unknown): number {
  if (typeof server === 'object' && server !== null && 'address' in server) {
    const address: unknown = typeof server.address === 'function' ? server.address() : undefined;
    if (typeof address === 'object' && address !== null && 'port' in address) return Number(address.port);
  }
  throw new Error('the receiver has no port');
}

/** Polls until the condition gives something, or fails naming what was waited for. */
export async function until<T>(what: string, probe: () => T | undefined | false, ms = 5000): Promise<T> {
  const deadline = Date.now() + ms;
  while (Date.now() < deadline) {
    const value = probe();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited ${ms} ms in vain for ${what}`);
}
