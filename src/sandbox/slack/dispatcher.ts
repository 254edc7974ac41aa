// Sends what people do to the app, with Slack's limit for the acknowledgement and its habit of repeating.
import type { Ack, Delivery, Envelope } from './delivery.ts';
import type { Faults } from './faults.ts';

export class Dispatcher {
  /** Everything that was sent, repetitions included. */
  readonly sent: Envelope[] = [];
  readonly #delivery: Delivery;
  readonly #faults: Faults;
  readonly #timeoutMs: number;
  #repeats = 0;

  constructor(delivery: Delivery, faults: Faults, timeoutMs: number) {
    this.#delivery = delivery;
    this.#faults = faults;
    this.#timeoutMs = timeoutMs;
  }

  /** The next so many envelopes arrive twice at the same time. */
  repeatNext(times: number): void {
    this.#repeats += times;
  }

  async send(envelope: Envelope): Promise<Ack> {
    if (this.#faults.away !== 'no') throw new Error('Slack is away: nobody can do anything in it');
    if (this.#repeats > 0) {
      this.#repeats -= 1;
      const [first] = await Promise.all([this.#deliver(envelope), this.#deliver(envelope)]);
      return first;
    }
    const ack = await this.#deliver(envelope);
    // Slack repeats an event at once, and twice more later; it never repeats a command or a click by itself.
    if (envelope.type !== 'events_api' || ack.status === 'acked') return ack;
    return this.#deliver({ ...envelope, retryAttempt: 1 });
  }

  #deliver(envelope: Envelope): Promise<Ack> {
    this.sent.push(envelope);
    return this.#delivery.deliver(envelope, this.#timeoutMs);
  }
}
