// What the fake's halves share: the Web API changes this state, deliveries read it.
import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';
import type { JsonObject } from './json.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Triggers } from './triggers.ts';
import type { Workspace } from './workspace.ts';

export interface Credentials {
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
}

export interface Parts {
  readonly workspace: Workspace;
  readonly clock: Clock;
  readonly triggers: Triggers;
  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly credentials: Credentials;
  readonly scopes: ReadonlySet<string>;
  /** False for a workspace without plan, task_card, data_visualization, table, card and container. */
  hasRichBlocks: boolean;
  /** `http://127.0.0.1:port`, once the server listens. */
  baseUrl: string;
  /** The address of a new Socket Mode connection; undefined when the app has Socket Mode off. */
  socketUrl(): string | undefined;
}

export type Answer = { readonly ok: true } & JsonObject;
export type Refusal = { readonly ok: false; readonly error: string } & JsonObject;
export type Method = (args: JsonObject, parts: Parts) => Answer | Refusal;

export function refusal(error: string, fields: JsonObject = {}): Refusal {
  return { ...fields, ok: false, error };
}
