// How a wish or a command reaches a worker. Beside ports.ts, which re-exports it.

import type { Refusal } from '../migration/errors.ts';
import type { Finding } from '../migration/finding.ts';
import type { LatencyReport } from '../migration/latency/summary.ts';
import type { Plan } from '../migration/plan.ts';
import type { Task, TaskOutcome, TaskProgress } from '../migration/task.ts';
import type { ServerDescription } from './ports.ts';

export interface Dispatcher {
  /** Makes sure that somebody drives the migration now. */
  wake(uid: string): Promise<void>;
  /**
   * Work on a worker; the answer is JSON. `deadlineMs`: until the answer or, where progress is told, until the next
   * word of it: a worker that is lost is known by its silence.
   */
  ask(
    request: AskRequest,
    deadlineMs: number,
    onProgress?: (progress: TaskProgress) => void,
  ): Promise<AskAnswer>;
}

export type AskRequest =
  | { readonly kind: 'check'; readonly source: string; readonly target: string }
  | { readonly kind: 'info'; readonly instance: string }
  /** Measures a server for so long, ms. */
  | { readonly kind: 'latency'; readonly instance: string; readonly forMs: number }
  | ScratchRequest
  | TaskRequest;

/** Which of these instances a rehearsal of the source may overwrite. */
export interface ScratchRequest {
  readonly kind: 'scratch';
  readonly source: string;
  readonly candidates: readonly string[];
}

/** `target`: null: none. `unfit`: a sentence for each that is not. */
export interface ScratchAnswer {
  readonly kind: 'scratch';
  readonly target: string | null;
  readonly unfit: readonly { readonly name: string; readonly why: string }[];
}

/** `bytes`: what used_memory shall be; 0 for a clear. */
export interface TaskRequest {
  readonly kind: Task;
  readonly instance: string;
  readonly bytes: number;
  readonly by: string;
}

export type AskAnswer =
  | { readonly kind: 'check'; readonly findings: readonly Finding[]; readonly plan: Plan | null }
  | { readonly kind: 'info'; readonly description: ServerDescription }
  | { readonly kind: 'latency'; readonly report: LatencyReport }
  | ScratchAnswer
  | { readonly kind: 'done'; readonly outcome: TaskOutcome }
  | { readonly kind: 'refused'; readonly refusal: Refusal };
