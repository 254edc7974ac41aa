// Which block may stand where, how many of each, and how large the whole may be. Blocks of Slack that Ferry
// never sends (video, file, carousel, data_table, context_actions) are refused here as unsupported.
import { isObject, type JsonObject, objectsOf } from '../json.ts';
import { actions, alert, context, divider, header, image, input, markdown, section } from './layout.ts';
import { card, container, dataVisualization, plan, table, taskCard } from './rich.ts';
import { richText } from './rich-text.ts';
import { byType, type Fields, list, type Problem } from './schema.ts';

export type Surface = 'message' | 'modal' | 'home';

const everywhere: Fields = { actions, context, divider, header, image, input, section, rich_text: richText };

const plainBySurface: { readonly [surface in Surface]: Fields } = {
  message: { ...everywhere, markdown },
  modal: { ...everywhere, alert },
  home: everywhere,
};

const richBySurface: { readonly [surface in Surface]: Fields } = {
  message: { plan, task_card: taskCard, data_visualization: dataVisualization, table, card, container },
  modal: { card },
  home: { data_visualization: dataVisualization, card, container },
};

const MAX_BLOCKS: { readonly [surface in Surface]: number } = { message: 50, modal: 100, home: 100 };
const MAX_OF_TYPE = { data_visualization: 2, table: 1 };
const MAX_MARKDOWN_CHARS = 12_000;
const MAX_MESSAGE_CHARS = 13_200;

/** Everything that is wrong with these blocks on this surface; empty when Slack would take them. */
export function checkBlocks(
  blocks: unknown,
  surface: Surface,
  options: { readonly hasRichBlocks: boolean; readonly pointer?: string },
): Problem[] {
  const problems: Problem[] = [];
  const pointer = options.pointer ?? '/blocks';
  const kinds = options.hasRichBlocks
    ? { ...plainBySurface[surface], ...richBySurface[surface] }
    : plainBySurface[surface];
  list(byType(kinds), MAX_BLOCKS[surface], 0)(blocks, pointer, problems);
  const parts = objectsOf(blocks);
  checkBlockIds(parts, pointer, problems);
  if (surface === 'message') checkMessageTotals(parts, pointer, problems);
  return problems;
}

/** True when the payload as a whole is over what chat.postMessage and chat.update take. */
export function isTooLong(blocks: readonly JsonObject[]): boolean {
  return JSON.stringify(blocks).length > MAX_MESSAGE_CHARS;
}

function checkBlockIds(blocks: readonly JsonObject[], pointer: string, problems: Problem[]): void {
  const seen = new Set<unknown>();
  for (const [index, block] of blocks.entries()) {
    const id = block['block_id'];
    if (id === undefined) continue;
    if (seen.has(id)) {
      const at = `${pointer}/${index}/block_id`;
      problems.push({ pointer: at, message: `\`block_id\` already exists: ${String(id)}` });
    }
    seen.add(id);
  }
}

function checkMessageTotals(blocks: readonly JsonObject[], pointer: string, problems: Problem[]): void {
  const ofType = (type: string) => blocks.filter((block) => block['type'] === type);
  for (const [type, max] of Object.entries(MAX_OF_TYPE)) {
    if (ofType(type).length > max) {
      problems.push({ pointer, message: `no more than ${max} ${type} blocks allowed` });
    }
  }
  if (ofType('plan').length > 0 && ofType('task_card').length > 0) {
    problems.push({ pointer, message: 'a plan and a task_card can not be in one message' });
  }
  const markdownChars = ofType('markdown').reduce((sum, block) => sum + String(block['text']).length, 0);
  if (markdownChars > MAX_MARKDOWN_CHARS) {
    problems.push({ pointer, message: `markdown must be less than ${MAX_MARKDOWN_CHARS + 1} characters` });
  }
}

/** The interactive elements of a block, wherever the block keeps them. */
export function elementsOf(block: JsonObject): JsonObject[] {
  const single = [block['accessory'], block['element']].filter(isObject);
  const nested = objectsOf(block['child_blocks']).flatMap(elementsOf);
  return [...objectsOf(block['elements']), ...objectsOf(block['actions']), ...single, ...nested];
}
