// One signal for several, let go of when it is not needed any more. AbortSignal.any leaves some bytes behind on the
// signals that it listens to, at each call and for as long as those live (Node 20): a tick a second adds up.

export interface AnyOf {
  /** Aborts with the reason of the first of them that does, or has. */
  readonly signal: AbortSignal;
  /** Stops listening. Safe to repeat. */
  end(): void;
}

export function anyOf(signals: readonly AbortSignal[]): AnyOf {
  const first = new AbortController();
  const listening = signals.map((signal) => {
    const onAbort = () => first.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    return { signal, onAbort };
  });
  return {
    signal: first.signal,
    end() {
      for (const { signal, onAbort } of listening) signal.removeEventListener('abort', onAbort);
    },
  };
}
