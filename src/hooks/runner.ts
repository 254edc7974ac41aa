// Runs the configuration's hooks: a signed webhook or a command. A failure is an outcome, never an exception;
// nothing secret is in its detail (I9).

import type { HookRunner, Logger, Secrets } from '../workflow/ports.ts';
import { runCommand } from './command.ts';
import { callWebhook } from './webhook.ts';

export interface HookRunnerOptions {
  readonly secrets: Secrets;
  readonly logger: Logger;
  /** All that a command is given of this process's environment; never its tokens (I9). */
  readonly environment: Readonly<Record<string, string>>;
}

export function createHookRunner({ secrets, logger, environment }: HookRunnerOptions): HookRunner {
  return {
    async run(hook, payload, idempotencyKey) {
      const startedMs = performance.now();
      const body = JSON.stringify(payload);
      const outcome =
        hook.webhook !== null
          ? await callWebhook(
              { url: hook.webhook, secretRef: hook.secretRef, timeoutMs: hook.timeoutMs },
              body,
              idempotencyKey,
              secrets,
            )
          : await runCommand(
              { command: hook.command ?? [], timeoutMs: hook.timeoutMs, environment },
              body,
              idempotencyKey,
            );
      const tookMs = Math.round(performance.now() - startedMs);
      logger.info({ ...outcome, tookMs }, 'hook');
      return { ...outcome, tookMs };
    },
  };
}
