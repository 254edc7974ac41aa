// Records of earlier versions, as JSON that nobody has parsed yet, with what came in later added to them.

export type Json = Readonly<Record<string, unknown>>;

/** An object with what `amendment` makes of it; anything else as it is. */
export function amend(value: unknown, amendment: (fields: Json) => Json): unknown {
  return isObject(value) ? { ...value, ...amendment(value) } : value;
}

export function amendEach(value: unknown, amendment: (fields: Json) => Json): unknown {
  return Array.isArray(value) ? value.map((item: unknown) => amend(item, amendment)) : value;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
