// A sentence as data: text, names, people and instants, each escaped by what it is when it is rendered.
// Nothing that is not ours can become a mention, a link or an entity: only pieces of that kind do.

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bold'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'user' | 'group' | 'channel'; readonly id: string }
  | { readonly kind: 'date'; readonly at: number; readonly format: string; readonly utc: string }
  | { readonly kind: 'link'; readonly url: string; readonly text: string };

export type Words = readonly Piece[];

/** A tagged template: strings and numbers become text, pieces and words stay what they are. */
export function say(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Piece | Words)[]
): Words {
  return strings.flatMap((text, index) => {
    const value = values[index];
    return [...textOf(text), ...(value === undefined ? [] : piecesOf(value))];
  });
}

function piecesOf(value: string | number | Piece | Words): Words {
  if (typeof value === 'string' || typeof value === 'number') return textOf(String(value));
  return isPiece(value) ? [value] : value;
}

function isPiece(value: Piece | Words): value is Piece {
  return 'kind' in value;
}

function textOf(text: string): Words {
  return text === '' ? [] : [{ kind: 'text', text }];
}

export function bold(text: string): Piece {
  return { kind: 'bold', text };
}

/** A name that is not ours, such as a key or a client: shown as it is, never interpreted. */
export function code(text: string): Piece {
  return { kind: 'code', text };
}

/** A person or group; `ferry` is Ferry itself, which acts where the policy tells it to. */
export function who(id: string): Piece {
  if (/^[UW][A-Z0-9]+$/.test(id)) return { kind: 'user', id };
  if (/^S[A-Z0-9]+$/.test(id)) return { kind: 'group', id };
  return { kind: 'text', text: id === 'ferry' ? 'Ferry' : id };
}

/** `@ana, @ben or @eva`. */
export function anyOf(ids: readonly string[]): Words {
  return ids.flatMap((id, index) => {
    const before = index === 0 ? '' : index === ids.length - 1 ? ' or ' : ', ';
    return say`${before}${who(id)}`;
  });
}

export function channel(id: string): Piece {
  return { kind: 'channel', id };
}

export function link(url: string, text: string): Piece {
  return { kind: 'link', url, text };
}

/** A time of day in the reader's own zone, with a UTC fallback. */
export function at(epochMs: number): Piece {
  return date(epochMs, '{time_secs}', new Date(epochMs).toISOString().slice(11, 19));
}

/** As `at`, to the minute. */
export function atMinute(epochMs: number): Piece {
  return date(epochMs, '{time}', new Date(epochMs).toISOString().slice(11, 16));
}

/** A day and a time of day in the reader's own zone. */
export function atDay(epochMs: number): Piece {
  const utc = new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ');
  return date(epochMs, '{date_short_pretty} {time}', utc);
}

function date(epochMs: number, format: string, utc: string): Piece {
  return { kind: 'date', at: epochMs, format, utc: `${utc} UTC` };
}

/**
 * A sentence of the domain, in which `@[U0ANA]` is a person, `@[S0X]` a group, `@[1732280000000]` an instant, and what
 * stands in backticks is to be typed as it is.
 */
export function prose(sentence: string): Words {
  return sentence
    .split(/(@\[[UWS][A-Z0-9]+\]|@\[ferry\]|@\[\d{12,14}\]|`[^`\n]+`)/)
    .flatMap((part, index) => (index % 2 === 1 ? [marked(part)] : textOf(part)));
}

function marked(part: string): Piece {
  if (part.startsWith('`')) return code(part.slice(1, -1));
  const id = part.slice(2, -1);
  return /^\d+$/.test(id) ? atMinute(Number(id)) : who(id);
}

/** Sentences one after another, or list items with a separator. */
export function join(parts: readonly Words[], separator: string): Words {
  return parts.flatMap((part, index) => (index === 0 ? part : [...textOf(separator), ...part]));
}
