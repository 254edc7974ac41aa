// Who was silent when, over all servers that this process hears of: where both servers of a pair fall silent at once
// and neither tells why, it is neither of them.

export interface SilentSpan {
  readonly id: string;
  readonly startedAt: number;
  /** Epoch ms; what lasts has its end so far. */
  readonly endedAt: number;
  /** Its own server told why: it says nothing about others. */
  readonly explained: boolean;
}

/** Spans remembered of each server. */
const KEPT = 20;
const OVERLAP = 0.5;

export class Silences {
  readonly #byServer = new Map<string, Map<string, SilentSpan>>();
  readonly #names = new Map<string, string>();

  name(server: string, name: string): void {
    this.#names.set(server, name);
  }

  note(server: string, span: SilentSpan): void {
    const spans = this.#byServer.get(server) ?? new Map<string, SilentSpan>();
    this.#byServer.set(server, spans);
    spans.set(span.id, span);
    for (const id of spans.keys()) {
      if (spans.size <= KEPT) return;
      spans.delete(id);
    }
  }

  /** The name of one of these servers that was silent for at least half of this span; null: none was. */
  besides(servers: Iterable<string>, span: Pick<SilentSpan, 'startedAt' | 'endedAt'>): string | null {
    for (const server of servers) {
      let sharedMs = 0;
      for (const other of this.#byServer.get(server)?.values() ?? []) {
        if (other.explained) continue;
        const endedAt = Math.min(span.endedAt, other.endedAt);
        sharedMs += Math.max(0, endedAt - Math.max(span.startedAt, other.startedAt));
      }
      if (sharedMs >= (span.endedAt - span.startedAt) * OVERLAP) return this.#names.get(server) ?? server;
    }
    return null;
  }

  forget(server: string): void {
    this.#byServer.delete(server);
    this.#names.delete(server);
  }
}
