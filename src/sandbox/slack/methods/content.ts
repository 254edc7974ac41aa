// The text and blocks that come with a message: read, checked, and given the ids that Slack would give.
import { checkBlocks, elementsOf, isTooLong } from '../blocks/check-blocks.ts';
import { describe, type Problem } from '../blocks/schema.ts';
import type { Clock } from '../clock.ts';
import { isObject, type JsonObject, objectsOf, textOf } from '../json.ts';
import { type Parts, type Refusal, refusal } from '../parts.ts';

export interface Content {
  readonly text: string;
  readonly blocks: readonly JsonObject[];
}

export function isRefusal(value: object): value is Refusal {
  return 'ok' in value && value.ok === false;
}

/** The refusal that Slack's message methods give to blocks that are wrong. */
export function invalidBlocks(problems: readonly Problem[]): Refusal {
  const errors = problems.map(describe);
  return refusal('invalid_blocks', {
    errors,
    response_metadata: { messages: errors.map((line) => `[ERROR] ${line}`) },
  });
}

/** The refusal that Slack's view methods give. */
export function invalidArguments(problems: readonly Problem[]): Refusal {
  return refusal('invalid_arguments', {
    response_metadata: { messages: problems.map((problem) => `[ERROR] ${describe(problem)}`) },
  });
}

export function readContent(args: JsonObject, parts: Parts, maxTextChars: number): Content | Refusal {
  const text = textOf(args['text']) ?? '';
  if (text.length > maxTextChars) return refusal('msg_too_long');
  const given = args['blocks'];
  if (given !== undefined && !(Array.isArray(given) && given.every(isObject))) {
    return refusal('invalid_blocks_format');
  }
  const blocks = objectsOf(given);
  if (text === '' && blocks.length === 0) return refusal('no_text');
  const problems = checkBlocks(blocks, 'message', parts);
  if (problems.length > 0) return invalidBlocks(problems);
  if (isTooLong(blocks)) return refusal('msg_blocks_too_long');
  return { text, blocks: withIds(blocks, parts.clock) };
}

/** Blocks and interactive elements get an id where the app gave none. */
export function withIds(blocks: readonly JsonObject[], clock: Clock): JsonObject[] {
  return blocks.map((block) => {
    const copy: JsonObject = { block_id: clock.nextId('b'), ...structuredClone(block) };
    for (const element of elementsOf(copy)) {
      if (isInteractive(element)) Object.assign(element, { action_id: clock.nextId('a'), ...element });
    }
    return copy;
  });
}

function isInteractive(element: JsonObject): boolean {
  return !['image', 'mrkdwn', 'plain_text'].includes(String(element['type'])) && !('elements' in element);
}
