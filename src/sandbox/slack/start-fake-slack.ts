// Starts a Slack on loopback for tests and the sandbox: the Web API that Ferry uses, signed HTTP or Socket
// Mode delivery, Slack's block checks, and faults on purpose.
import { Clock } from './clock.ts';
import type { Delivery } from './delivery.ts';
import { Dispatcher } from './dispatcher.ts';
import { FakeSlack } from './fake-slack.ts';
import { Faults } from './faults.ts';
import { HttpDelivery } from './http-delivery.ts';
import type { Credentials, Parts } from './parts.ts';
import { type Limit, limitsOf, RateLimits } from './rate-limits.ts';
import type { WorkspaceShape } from './records.ts';
import { ResponseUrls } from './response-urls.ts';
import { SlackServer } from './server.ts';
import { SocketMode } from './socket-mode.ts';
import { Triggers } from './triggers.ts';
import { WebApi } from './web-api.ts';
import { Workspace } from './workspace.ts';

const FERRY_SCOPES = ['commands', 'chat:write', 'usergroups:read', 'files:write'];
const ACK_TIMEOUT_MS = 3000;

export interface FakeSlackOptions extends WorkspaceShape, Partial<Credentials> {
  readonly mode: 'socket' | 'http';
  /** Where signed requests go in HTTP mode; it may be set later with `setEventsUrl`. */
  readonly eventsUrl?: string;
  /** The slash commands of the app's manifest. Default: `/redis`. */
  readonly commands?: readonly string[];
  /** The bot token's scopes. Default: those of Ferry's manifest. */
  readonly scopes?: readonly string[];
  /** False for a workspace without plan, chart, table, card and container blocks. Default: true. */
  readonly richBlocks?: boolean;
  /** True for Slack's own limits. Default: none. */
  readonly rateLimits?: boolean | { readonly [method: string]: Limit };
  readonly port?: number;
  /** How long Slack waits for an acknowledgement. Default: 3 s. */
  readonly ackTimeoutMs?: number;
}

export async function startFakeSlack(options: FakeSlackOptions): Promise<FakeSlack> {
  const clock = new Clock();
  const workspace = new Workspace(options, clock);
  const sockets = options.mode === 'socket' ? new SocketMode(workspace.appId) : undefined;
  const credentials: Credentials = {
    botToken: options.botToken ?? 'xoxb-fake-bot-token',
    appToken: options.appToken ?? 'xapp-1-fake-app-token',
    signingSecret: options.signingSecret ?? 'fake-signing-secret',
  };
  const parts: Parts = {
    workspace,
    clock,
    triggers: new Triggers(clock),
    faults: new Faults(),
    limits: new RateLimits(clock, limitsOf(options.rateLimits ?? false)),
    credentials,
    scopes: new Set(options.scopes ?? FERRY_SCOPES),
    hasRichBlocks: options.richBlocks ?? true,
    baseUrl: '',
    socketUrl: () => sockets?.issueUrl(parts.baseUrl),
  };
  const api = new WebApi(parts);
  const responses = new ResponseUrls(parts);
  const server = new SlackServer(parts, api, responses, sockets);
  parts.baseUrl = await server.listen(options.port ?? 0);
  const target = { url: options.eventsUrl };
  const delivery = sockets ?? httpDelivery(target, credentials.signingSecret, clock);
  return new FakeSlack({
    parts,
    server,
    sockets,
    api,
    dispatcher: new Dispatcher(delivery, parts.faults, options.ackTimeoutMs ?? ACK_TIMEOUT_MS),
    responses,
    commands: options.commands ?? ['/redis'],
    setEventsUrl: (url) => {
      target.url = url;
    },
  });
}

/** The address may become known after the fake has started, as the app's own port often does. */
function httpDelivery(target: { url: string | undefined }, secret: string, clock: Clock): Delivery {
  return {
    deliver: (envelope, timeoutMs) => {
      if (target.url === undefined) throw new Error('set the events URL before people act');
      return new HttpDelivery(target.url, secret, clock).deliver(envelope, timeoutMs);
    },
  };
}
