// The one error type. Expected refusals are return values; this is for what cannot go on.
// Never carries a secret: messages name references, not values (I9).

/** A failure with a code for machines, a sentence for people and the next thing to do. */
export class FerryError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'FerryError';
    this.code = code;
    this.hint = options.hint ?? '';
  }
}

/** An expected "no": a full sentence and the next thing to do (I13). */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export function refusal(code: string, message: string, hint = ''): Refusal {
  return { code, message, hint };
}

/** The sentence and its hint in one line, for a person. */
export function sentence(said: Refusal | FerryError): string {
  return said.hint === '' ? said.message : `${said.message} ${said.hint}`;
}
