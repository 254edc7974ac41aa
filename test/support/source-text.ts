// Reads TypeScript as text, just far enough to tell code from comments, strings and regular expressions.

export interface Import {
  readonly specifier: string;
  /** True for `import('…')`. */
  readonly dynamic: boolean;
}

/** All modules that a source names: import, export … from, import(). Comments are no code. */
export function importsOf(text: string): Import[] {
  const code = blank(text, { strings: false });
  const statics = code.matchAll(/^\s*(?:import|export)\b(?:[^'"();=]*?\bfrom)?\s*['"]([^'"]+)['"]/gm);
  const dynamics = code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g);
  return [
    ...[...statics].map((match) => ({ specifier: match[1] ?? '', dynamic: false })),
    ...[...dynamics].map((match) => ({ specifier: match[1] ?? '', dynamic: true })),
  ];
}

/** The source with comments, strings and regular expressions blanked out; what `${}` holds stays. */
export function codeOnly(text: string): string {
  return blank(text, { strings: true });
}

/** Where a slash begins a regular expression rather than a division. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};\n]|\breturn|=>)\s*$/;

function blank(text: string, { strings }: { strings: boolean }): string {
  let out = '';
  let i = 0;
  // Depths of braces at which a template literal's `${` has to be closed.
  const templates: number[] = [];
  let depth = 0;
  const skip = (end: number, hide: boolean): void => {
    const part = text.slice(i, end);
    out += hide ? part.replace(/[^\n]/g, ' ') : part;
    i = end;
  };
  while (i < text.length) {
    const char = text[i] ?? '';
    const two = text.slice(i, i + 2);
    if (two === '//') skip(endOr(text, text.indexOf('\n', i)), true);
    else if (two === '/*') skip(endOr(text, text.indexOf('*/', i) + 2), true);
    else if (char === '"' || char === "'") skip(endOfString(text, i + 1, char), strings);
    else if (char === '/' && BEFORE_REGEX.test(out.slice(-40))) skip(endOfRegex(text, i + 1), true);
    else if (char === '`' || (char === '}' && templates.at(-1) === depth)) {
      if (char === '}') templates.pop();
      const { end, opens } = endOfTemplate(text, i + 1);
      skip(end, strings);
      if (opens) templates.push(depth);
    } else {
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      skip(i + 1, false);
    }
  }
  return out;
}

function endOr(text: string, index: number): number {
  return index < 2 ? text.length : index;
}

function endOfString(text: string, from: number, quote: string): number {
  for (let i = from; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === quote || text[i] === '\n') return i + 1;
  }
  return text.length;
}

function endOfRegex(text: string, from: number): number {
  let inClass = false;
  for (let i = from; i < text.length; i += 1) {
    const char = text[i];
    if (char === '\\') i += 1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if ((char === '/' && !inClass) || char === '\n') return i + 1;
  }
  return text.length;
}

/** The end of a template's text: its closing backtick, or just past a `${`. */
function endOfTemplate(text: string, from: number): { end: number; opens: boolean } {
  for (let i = from; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '`') return { end: i + 1, opens: false };
    else if (text[i] === '$' && text[i + 1] === '{') return { end: i + 2, opens: true };
  }
  return { end: text.length, opens: false };
}
