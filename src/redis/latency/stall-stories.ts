// Turns silences of a probe into stalls with a cause: asks a witness while a server is silent, reads facts as soon as
// it answers again, and tells a stall again when more is known of it. Reads no more than a few times a second.

import type { ServerFacts } from '../../migration/latency/cause.ts';
import type { Stall } from '../../migration/latency/reading.ts';
import { type Explanation, explainStall, type Witness } from '../../migration/latency/why-stalled.ts';
import type { Evidence, Reading } from './evidence.ts';
import type { Silences } from './silences.ts';
import { monotonicMs, type Silence } from './thread-messages.ts';

/** So long a stall that is over waits for its cause; then it is told without, and once more when it is known. */
const TELL_WITHIN_MS = 400;
/** Where one stall follows the other, several are explained by one reading. */
const READ_EVERY_MS = 250;
/** A witness who answered so shortly before the end proves nothing: both replies may have come in one go. */
const AT_ONCE_MS = 5;
/** Stalls that may still be explained by what the other server of the pair did. */
const KEPT = 20;

export interface StoryContext {
  /** The server's address, and the addresses of those beside it. */
  readonly server: string;
  readonly beside: () => Iterable<string>;
  readonly evidence: Evidence;
  readonly silences: Silences;
  /** Begins the ids of this probe's stalls: no other probe's begin so. */
  readonly prefix: string;
  /** Pings a second in force: they are no commands of clients. */
  readonly perSecond: () => number;
  tell(stall: Stall): void;
}

interface Story {
  readonly id: string;
  silence: Silence;
  before: ServerFacts | null;
  /** Commands a second that it usually served; null: not known. */
  perSecondBefore: number | null;
  after: ServerFacts | null;
  /** What was read while the server was silent; null: nothing. */
  witness: Reading | null;
  /** The facts of afterwards were read, or could not be. */
  settled: boolean;
  told: string;
}

const WAITING: Explanation = {
  cause: { kind: 'unknown', why: 'it is told when the server answers again' },
  exactMs: null,
};

export class StallStories {
  readonly #context: StoryContext;
  readonly #stories = new Map<number, Story>();
  #reading: Promise<Reading | null> | null = null;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(context: StoryContext) {
    this.#context = context;
  }

  hear(silence: Silence): void {
    const known = this.#stories.get(silence.number);
    if (known === undefined) this.#begin(silence);
    else known.silence = silence;
    const story = this.#stories.get(silence.number);
    if (story === undefined) return;
    this.#context.evidence.rate.stalled(silence.startedAt, silence.startedAt + silence.lengthMs);
    if (silence.over) void this.#finish(story);
    else this.#tell(story);
  }

  /** The server beside this one was silent, or told why it was: what is unexplained here may be told anew. */
  reconsider(): void {
    for (const story of this.#stories.values()) if (story.settled) this.#tell(story);
  }

  /** Nobody measures any more: what lasts is told as over, as far as it was seen. */
  abandon(): void {
    for (const { silence } of this.#stories.values())
      if (!silence.over) this.hear({ ...silence, over: true, lost: true });
  }

  #begin(silence: Silence): void {
    const { evidence, prefix } = this.#context;
    const story: Story = {
      id: `${prefix}-${silence.number}`,
      silence,
      before: evidence.before(silence.startedAt),
      perSecondBefore: evidence.rate.before(silence.startedAt),
      after: null,
      witness: null,
      settled: false,
      told: '',
    };
    this.#stories.set(silence.number, story);
    for (const number of this.#stories.keys()) {
      if (this.#stories.size <= KEPT) break;
      this.#stories.delete(number);
    }
    if (!silence.over) void this.#askWitness(story);
  }

  /** Asks over another connection while the probe's ping waits. */
  async #askWitness(story: Story): Promise<void> {
    story.witness = await this.#context.evidence.read(false);
    if (story.witness !== null) this.#tell(story);
  }

  async #finish(story: Story): Promise<void> {
    let waits = true;
    const late = setTimeout(() => {
      if (waits) this.#tell(story);
    }, TELL_WITHIN_MS);
    const reading = await this.#readAfter();
    waits = false;
    clearTimeout(late);
    story.after = reading?.facts ?? null;
    story.settled = true;
    this.#tell(story);
  }

  /** One reading explains all stalls that ended before it was asked for. */
  async #readAfter(): Promise<Reading | null> {
    const pending = this.#reading;
    if (pending !== null) await pending;
    // Another one that waited, too, has begun it meanwhile.
    if (this.#reading !== null && this.#reading !== pending) return this.#reading;
    const reading = (async () => {
      const restMs = this.#readMs + READ_EVERY_MS - monotonicMs();
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
      this.#readMs = monotonicMs();
      return this.#context.evidence.read(true);
    })();
    this.#reading = reading;
    void reading.finally(() => {
      if (this.#reading === reading) this.#reading = null;
    });
    return reading;
  }

  #tell(story: Story): void {
    const { silences, server, tell } = this.#context;
    const { silence } = story;
    const { cause, exactMs } = this.#explain(story);
    const endedAt = silence.startedAt + silence.lengthMs;
    const lengthMs = Math.round((exactMs ?? silence.lengthMs) * 10) / 10;
    const stall: Stall = {
      id: story.id,
      startedAt: Math.round(endedAt - lengthMs),
      lengthMs,
      over: silence.over,
      exact: exactMs !== null,
      commandsWaited: this.#commandsIn(story, lengthMs),
      cause,
    };
    const explained = cause.kind !== 'unknown' && cause.kind !== 'network';
    silences.note(server, { id: story.id, startedAt: silence.startedAt, endedAt, explained });
    const text = JSON.stringify(stall);
    if (text === story.told) return;
    story.told = text;
    tell(stall);
  }

  #explain(story: Story): Explanation {
    const { silence, before, after } = story;
    const { beside, silences } = this.#context;
    const served = servedMeanwhile(story);
    const endedAt = silence.startedAt + silence.lengthMs;
    const silentBeside = silences.besides(beside(), { startedAt: silence.startedAt, endedAt });
    if (!story.settled) {
      if (served !== 'answered' && silentBeside === null) return WAITING;
      return explainStall(null, null, silence, { served, silentBeside });
    }
    return explainStall(before, after, silence, { served, silentBeside });
  }

  /** By the rate before it, without the probe's own pings; null: the rate is not known. */
  #commandsIn({ perSecondBefore }: Story, lengthMs: number): number | null {
    if (perSecondBefore === null) return null;
    const perSecond = Math.max(0, perSecondBefore - this.#context.perSecond());
    return Math.round((perSecond * lengthMs) / 1_000);
  }
}

/** Did the server work for somebody else while the probe's ping waited? By what is known of the silence so far. */
function servedMeanwhile({ witness, silence }: Story): Witness['served'] {
  if (witness === null) return null;
  const { readMs, ranAt, clockErrorMs } = witness;
  if (readMs < silence.startedMs + silence.lengthMs - AT_ONCE_MS) return 'answered';
  const endedAt = silence.startedAt + silence.lengthMs;
  return ranAt !== null && ranAt + clockErrorMs < endedAt - AT_ONCE_MS ? 'executed' : null;
}
