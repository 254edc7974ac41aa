// Takes secrets out of whatever is about to be logged (I9): by the name of a field, and by the look of a text.
// The second net: callers do not log secrets in the first place.

const HIDDEN = '[hidden]';
const MAX_DEPTH = 6;
const SECRET_NAME =
  /passw|passphrase|requirepass|masterauth|secret|token|authorization|cookie|credential|private.?key|signature/i;

/** Shapes that are secret wherever they stand: the user part of an address, and tokens of Slack. */
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi, `$1${HIDDEN}@`],
  [/\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w-]+/g, HIDDEN],
  [/\b(Bearer\s+)[\w.~+/-]+=*/gi, `$1${HIDDEN}`],
  [/\b(hooks\.slack\.com\/\w+\/)[\w/-]+/g, `$1${HIDDEN}`],
];

/** The text without anything that looks like a secret. */
export function redactText(text: string): string {
  return SECRET_TEXT.reduce((cleaned, [shape, replacement]) => cleaned.replace(shape, replacement), text);
}

/** A copy that may be logged. Errors become plain data: what they carry beside their message is left out. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return '[deeper]';
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((each) => redact(each, depth + 1));
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return redact(Object.fromEntries(value), depth);
  if (value instanceof Set) return redact([...value], depth);
  return redactFields(value, depth);
}

/** Like redact, for the fields of a log line. */
export function redactFields(fields: object, depth = 0): Record<string, unknown> {
  if (fields instanceof Error) return { error: redactError(fields, depth) };
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, redactField(name, value, depth)]),
  );
}

function redactField(name: string, value: unknown, depth: number): unknown {
  const empty = value === undefined || value === null || typeof value === 'boolean';
  return SECRET_NAME.test(name) && !empty ? HIDDEN : redact(value, depth + 1);
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const code: unknown = Reflect.get(error, 'code');
  const hint: unknown = Reflect.get(error, 'hint');
  return {
    type: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: redactText(error.message),
    ...(typeof hint === 'string' && hint !== '' ? { hint: redactText(hint) } : {}),
    stack: redactText(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
