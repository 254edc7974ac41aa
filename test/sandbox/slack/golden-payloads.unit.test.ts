// Holds the fake to payloads from Slack's documentation: what it must accept, and what it must refuse and why.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkBlocks } from '../../../src/sandbox/slack/blocks/check-blocks.ts';
import { checkView } from '../../../src/sandbox/slack/blocks/check-view.ts';
import { describe as inWords } from '../../../src/sandbox/slack/blocks/schema.ts';

const FIXTURES = new URL('../../fixtures/slack/', import.meta.url);
const RICH = ['plan', 'task_card', 'data_visualization', 'table', 'card', 'container'];

const shared = {
  source: z.string(),
  surface: z.enum(['message', 'modal', 'home']),
  payload: z.looseObject({ blocks: z.array(z.looseObject({ type: z.string() })) }),
};
/** `example`: the page's own example. `fields`: put together from the fields and limits that the page lists. */
const accepted = z.strictObject({ ...shared, basis: z.enum(['example', 'fields']) });
/** Each breaks one rule of the page. */
const refused = z.strictObject({
  ...shared,
  rule: z.string(),
  expected: z.strictObject({ error: z.string(), pointer: z.string(), message: z.string() }),
});

function load<T>(folder: string, schema: z.ZodType<T>): [string, T][] {
  const url = new URL(`${folder}/`, FIXTURES);
  return readdirSync(url).map((file) => [
    file.replace('.json', ''),
    schema.parse(JSON.parse(readFileSync(new URL(file, url), 'utf8'))),
  ]);
}

function problemsOf(
  { surface, payload }: Pick<z.infer<typeof accepted>, 'surface' | 'payload'>,
  hasRichBlocks = true,
): string[] {
  const found =
    surface === 'message'
      ? checkBlocks(payload.blocks, 'message', { hasRichBlocks })
      : checkView(payload, surface, { hasRichBlocks });
  return found.map(inWords);
}

const ACCEPT = load('accept', accepted);
const REFUSE = load('refuse', refused);

describe('accepts', () => {
  test.each(ACCEPT)('%s', (_name, golden) => {
    expect(problemsOf(golden)).toEqual([]);
  });
});

describe('refuses', () => {
  test.each(REFUSE)('%s', (_name, golden) => {
    const { pointer, message } = golden.expected;
    const hits = problemsOf(golden).filter(
      (line) => line.includes(message) && line.endsWith(`[json-pointer:${pointer}]`),
    );
    expect(hits).toHaveLength(1);
  });
});

describe('a workspace without the newer blocks', () => {
  const rich = ACCEPT.filter(([, golden]) => golden.payload.blocks.some(({ type }) => RICH.includes(type)));

  test('has golden payloads for every newer block', () => {
    const seen = new Set(rich.flatMap(([, golden]) => golden.payload.blocks.map(({ type }) => type)));
    expect([...seen].sort()).toEqual([...RICH].sort());
  });

  test.each(rich)('refuses %s', (_name, golden) => {
    expect(problemsOf(golden, false)).toEqual([
      expect.stringMatching(/^unsupported type: .*\/blocks\/0\/type\]$/),
    ]);
  });

  test.each(ACCEPT.filter((entry) => !rich.includes(entry)))('still accepts %s', (_name, golden) => {
    expect(problemsOf(golden, false)).toEqual([]);
  });
});
