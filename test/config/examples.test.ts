// The examples that messages end with: one for every setting of the schema, and each of them right.

import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { EXAMPLES } from '../../src/config/examples.ts';
import {
  environmentSchema,
  fileSchema,
  hooksSchema,
  instanceSchema,
  relaySchema,
  slackSchema,
} from '../../src/config/schema.ts';

/** Paths of all settings below a schema, `*` for a list item that has settings of its own. */
function pathsOf(schema: z.core.$ZodType, prefix: string): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return pathsOf(schema.unwrap(), prefix);
  }
  if (schema instanceof z.ZodArray) {
    const items = pathsOf(schema.element, `${prefix}.*`);
    return items.length === 1 ? [prefix] : [prefix, ...items];
  }
  if (!(schema instanceof z.ZodObject)) return [prefix];
  const below = Object.entries<z.core.$ZodType>(schema.shape).flatMap(([key, value]) =>
    pathsOf(value, prefix === '' ? key : `${prefix}.${key}`),
  );
  return prefix === '' ? below : [prefix, ...below];
}

const SCHEMAS = {
  'instances.*': instanceSchema(null),
  'environments.*': environmentSchema,
  hooks: hooksSchema(null),
  slack: slackSchema,
  relay: relaySchema,
};

/** The schema of one setting. */
function schemaAt(path: string): z.core.$ZodType {
  const [root, schema] = Object.entries(SCHEMAS).find(([prefix]) => path.startsWith(prefix)) ?? [];
  if (root === undefined || schema === undefined) return fileSchema;
  const steps = path
    .slice(root.length)
    .split('.')
    .filter((step) => step !== '');
  return steps.reduce<z.core.$ZodType>((here, step) => {
    let inner = here;
    while (
      inner instanceof z.ZodOptional ||
      inner instanceof z.ZodDefault ||
      inner instanceof z.ZodPrefault
    ) {
      inner = inner.unwrap();
    }
    if (inner instanceof z.ZodArray) return inner.element;
    return inner instanceof z.ZodObject ? inner.shape[step] : inner;
  }, schema);
}

it('there is one for every setting, and none for a setting that does not exist', () => {
  const sections = Object.entries(SCHEMAS).flatMap(([prefix, schema]) => pathsOf(schema, prefix));
  const expected = new Set([...pathsOf(fileSchema, ''), ...sections]);
  expect(Object.keys(EXAMPLES).toSorted()).toEqual([...expected].toSorted());
});

it.each(Object.entries(EXAMPLES))('%s is right', (path, example) => {
  const value: unknown = parse(example);
  const key = path.split('.').at(-1) ?? '';
  const isNamed =
    key !== '*' || typeof value !== 'object' || value === null || Object.keys(value).length === 1;
  const setting = isNamed && typeof value === 'object' && value !== null ? Object.values(value)[0] : value;
  const whole = path === 'instances' || path === 'environments';
  const result = z.safeParse(schemaAt(path), whole ? { instances: {}, ...Object(value) } : setting);
  expect(result.error?.issues ?? []).toEqual([]);
});
