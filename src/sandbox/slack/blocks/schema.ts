// The small language in which the block checks are written. A check appends what is wrong, in the words that
// Slack uses (`must be less than 76 characters [json-pointer:/blocks/0/text/text]`); it never throws.
import { isObject } from '../json.ts';

export interface Problem {
  readonly pointer: string;
  readonly message: string;
}

export type Check = (value: unknown, pointer: string, problems: Problem[]) => void;

export function describe(problem: Problem): string {
  return `${problem.message} [json-pointer:${problem.pointer}]`;
}

export function text(maxChars: number, minChars = 1): Check {
  return (value, pointer, problems) => {
    if (typeof value !== 'string') {
      problems.push({ pointer, message: 'must be a string' });
    } else if (value.length < minChars) {
      problems.push({ pointer, message: `must be more than ${minChars - 1} characters` });
    } else if (value.length > maxChars) {
      problems.push({ pointer, message: `must be less than ${maxChars + 1} characters` });
    }
  };
}

export function number(min: number, max: number): Check {
  return (value, pointer, problems) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      problems.push({ pointer, message: 'must be a number' });
    } else if (value < min || value > max) {
      problems.push({ pointer, message: `must be between ${min} and ${max}` });
    }
  };
}

export const boolean: Check = (value, pointer, problems) => {
  if (typeof value !== 'boolean') problems.push({ pointer, message: 'must be a boolean' });
};

export const anything: Check = () => {};

export function oneOf(...allowed: readonly unknown[]): Check {
  return (value, pointer, problems) => {
    if (!allowed.includes(value)) {
      problems.push({ pointer, message: `must be a valid enum value (${allowed.join(', ')})` });
    }
  };
}

export function list(item: Check, max: number, min = 1): Check {
  return (value, pointer, problems) => {
    if (!Array.isArray(value)) {
      problems.push({ pointer, message: 'must be an array' });
      return;
    }
    if (value.length < min) problems.push({ pointer, message: `no fewer than ${min} items allowed` });
    if (value.length > max) problems.push({ pointer, message: `no more than ${max} items allowed` });
    for (const [index, entry] of value.entries()) item(entry, `${pointer}/${index}`, problems);
  };
}

export interface Fields {
  readonly [name: string]: Check;
}

/** An object that has all required fields, perhaps the optional ones, and no others. */
export function object(required: Fields, optional: Fields = {}): Check {
  return (value, pointer, problems) => {
    if (!isObject(value)) {
      problems.push({ pointer, message: 'must provide an object' });
      return;
    }
    for (const name of Object.keys(required)) {
      if (value[name] === undefined) problems.push({ pointer, message: `missing required field: ${name}` });
    }
    for (const [name, entry] of Object.entries(value)) {
      if (entry === undefined) continue;
      const check = Object.hasOwn(required, name) ? required[name] : ownOf(optional, name);
      if (check) check(entry, `${pointer}/${name}`, problems);
      else problems.push({ pointer, message: `invalid additional property: ${name}` });
    }
  };
}

/** Picks the check by the object's own `type`. */
export function byType(kinds: { readonly [type: string]: Check }): Check {
  return (value, pointer, problems) => {
    if (!isObject(value)) {
      problems.push({ pointer, message: 'must provide an object' });
      return;
    }
    const type = value['type'];
    if (typeof type !== 'string') {
      problems.push({ pointer, message: 'missing required field: type' });
      return;
    }
    const check = ownOf(kinds, type);
    if (check) check(value, pointer, problems);
    else problems.push({ pointer: `${pointer}/type`, message: `unsupported type: ${type}` });
  };
}

export function all(...checks: readonly Check[]): Check {
  return (value, pointer, problems) => {
    for (const check of checks) check(value, pointer, problems);
  };
}

function ownOf(kinds: { readonly [name: string]: Check }, name: string): Check | undefined {
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}
