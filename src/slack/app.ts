// Ferry in Slack: the same listeners over Socket Mode or signed HTTP. Receives, answers and announces; it
// never opens a connection to a customer's server, and nothing that happens to Redis waits for it (I7).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { App, type CustomRoute, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { FerryError } from '../migration/errors.ts';
import type { Clock, Dispatcher, Inventory, Logger, Outbox, Records } from '../workflow/ports.ts';
import { createAnnouncer } from './announcer.ts';
import { clientOptions, failureOf, type SlackAccess, webClient } from './connection.ts';
import { createGroups } from './groups.ts';
import { registerDecisions } from './listeners/actions/decide.ts';
import { registerDetails } from './listeners/actions/details.ts';
import { registerCommand } from './listeners/commands/command.ts';
import { registerHome } from './listeners/events/home-opened.ts';
import { told } from './listeners/failures.ts';
import type { ListenerParts } from './listeners/parts.ts';
import { registerMigrateView } from './listeners/views/migrate.ts';
import { boltLogger } from './logger.ts';
import { createStyles, type StyleSetting } from './posting/styles.ts';
import { createWatchdog } from './watchdog.ts';

export type SlackTransport =
  | { readonly kind: 'socket'; readonly appToken: string }
  /** `POST /slack/events` on `port`, where `health` answers too. */
  | {
      readonly kind: 'http';
      readonly signingSecret: string;
      readonly port: number;
      readonly health?: HealthHandler;
    };

/** Answers GET /healthz and /readyz; false: not one of them. */
export type HealthHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export interface SlackAppOptions extends SlackAccess {
  readonly transport: SlackTransport;
  /** The slash command's name, `/redis`. */
  readonly command: string;
  readonly blocks: StyleSetting;
  /** Unique for this process. */
  readonly holder: string;
  readonly records: Records;
  readonly outbox: Outbox;
  readonly dispatcher: Dispatcher;
  readonly inventory: Inventory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called once when Socket Mode was without a connection for too long: the process should end and be restarted. */
  onLost(why: string): void;
  /** Without a connection for longer than this is lost; default 60 s. */
  readonly lostAfterMs?: number;
  readonly betweenMessagesMs?: number;
  readonly cardEveryMs?: number;
}

export interface SlackApp {
  /**
   * Resolves once Slack is connected; keeps trying while Slack is away, so nothing else should wait for it.
   * Rejects with FerryError when Slack refuses the tokens or the port is taken.
   */
  start(): Promise<void>;
  /** Ends the announcer first, then the connection. */
  stop(): Promise<void>;
  ready(): { readonly ready: boolean; readonly why: string };
}

export function createSlackApp(options: SlackAppOptions): SlackApp {
  const { logger, clock, transport } = options;
  const client = webClient(options, logger);
  const stopping = new AbortController();
  const identity: { user: string | null; bot: string | null } = { user: null, bot: null };
  const receiver = receiverFor(options);
  const app = new App({
    receiver,
    // The identity is asked for in `start`, with patience; Bolt itself would ask in its constructor.
    authorize: async () => ({
      botToken: options.botToken,
      ...(identity.bot === null ? {} : { botId: identity.bot }),
      ...(identity.user === null ? {} : { botUserId: identity.user }),
    }),
    clientOptions: clientOptions(options, logger),
    logger: boltLogger(logger),
    logLevel: LogLevel.INFO,
    convoStore: false,
  });
  const styles = createStyles(options.blocks, (error) =>
    logger.warn({ error }, 'Slack refused these blocks; using simpler ones.'),
  );
  const parts: ListenerParts = {
    ...options,
    groups: createGroups(client, clock, logger),
    client,
    botUser: () => identity.user,
    style: () => styles.current,
  };
  registerCommand(app, parts);
  registerDecisions(app, parts);
  registerDetails(app, parts);
  registerMigrateView(app, parts);
  registerHome(app, parts);
  app.error(async (error) => logger.error({ error: told(error) }, 'A listener failed.'));

  const announcer = createAnnouncer({ ...options, access: options, styles });
  let isUp = false;
  const watchdog = createWatchdog({
    isConnected: () =>
      isUp && (receiver instanceof HTTPReceiver || receiver.client.websocket?.isActive() === true),
    lostAfterMs: options.lostAfterMs ?? 60_000,
    onLost: options.onLost,
    clock,
  });

  return {
    async start() {
      // The announcer and the cards need the token alone, not the connection by which Slack reaches us.
      Object.assign(identity, await identify(client, clock, logger, stopping.signal));
      if (stopping.signal.aborted) return;
      announcer.start();
      await connect(app, transport);
      isUp = true;
      if (transport.kind === 'socket') watchdog.start();
      logger.info({ transport: transport.kind }, 'Connected to Slack.');
    },
    async stop() {
      stopping.abort(new Error('stopping'));
      await watchdog.stop();
      await announcer.stop();
      isUp = false;
      // Also when connecting never came to an end; a receiver that did not start has nothing to stop.
      await app
        .stop()
        .catch((error: unknown) => logger.debug({ error: told(error) }, 'Nothing to disconnect.'));
    },
    ready: () => watchdog.state(),
  };
}

async function connect(app: App, transport: SlackTransport): Promise<void> {
  try {
    if (transport.kind === 'http') await app.start(transport.port);
    else await app.start();
  } catch (error) {
    const where = transport.kind === 'http' ? `listen on port ${transport.port}` : 'open Socket Mode';
    throw new FerryError('slack-connect', `The Slack app could not ${where}: ${told(error)}.`, {
      hint:
        transport.kind === 'http'
          ? 'Set PORT to a free port.'
          : 'Check SLACK_APP_TOKEN (connections:write) and that Socket Mode is switched on.',
      cause: error,
    });
  }
}

function receiverFor(options: SlackAppOptions): HTTPReceiver | SocketModeReceiver {
  const { transport, logger } = options;
  if (transport.kind === 'http') {
    return new HTTPReceiver({
      signingSecret: transport.signingSecret,
      endpoints: '/slack/events',
      logger: boltLogger(logger),
      customRoutes: transport.health === undefined ? [] : healthRoutes(transport.health),
    });
  }
  return new SocketModeReceiver({
    appToken: transport.appToken,
    logger: boltLogger(logger),
    installerOptions: {
      clientOptions: {
        ...(options.apiUrl === null ? {} : { slackApiUrl: options.apiUrl }),
        // Past its retries this client gives up for good; so it has many.
        retryConfig: { retries: 10_000, factor: 1.5, minTimeout: 500, maxTimeout: 15_000 },
      },
    },
  });
}

function healthRoutes(health: HealthHandler): CustomRoute[] {
  return ['/healthz', '/readyz'].map((path) => ({
    path,
    method: ['GET', 'HEAD'],
    handler: (request, response) => {
      health(request, response).catch(() => response.writeHead(500).end());
    },
  }));
}

/** Who we are in Slack. Tries again while Slack is away; refuses a bad token at once. */
async function identify(
  client: ReturnType<typeof webClient>,
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
): Promise<{ user: string | null; bot: string | null }> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      const answer = await client.auth.test();
      return { user: answer.user_id ?? null, bot: answer.bot_id ?? null };
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'refused') {
        throw new FerryError('slack-token', `Slack refused the bot token: ${failure.error}.`, {
          hint: 'Check SLACK_BOT_TOKEN (xoxb-…) and that the app is installed.',
        });
      }
      if (attempt === 0) logger.warn({ failure }, 'Slack does not answer; trying again.');
      await clock.sleep(Math.min(15_000, 500 * 2 ** attempt), signal).catch(() => {});
    }
  }
  return { user: null, bot: null };
}
