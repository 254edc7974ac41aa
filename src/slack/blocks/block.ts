// The blocks that Ferry sends, as plain data, each within Slack's limits by construction.
// 50 blocks and about 12,000 characters a message, 3,000 a section, 150 a header, 2,000 a field.

import { type RichElement, toMrkdwn, toPlain, toRichElements } from './render-words.ts';
import type { Words } from './words.ts';

/** How a workspace shows it: `classic` has only the blocks that every workspace knows. */
export type Style = 'rich' | 'classic';

/** Anything that Slack calls a block; the constructors below are the only makers. */
export interface Block {
  readonly type: string;
  readonly block_id?: string;
}

/** A message: `text` stands alone for notifications and screen readers, and is never left out. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly Block[];
}

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
}

interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
}

export interface Confirm {
  readonly title: PlainText;
  readonly text: PlainText;
  readonly confirm: PlainText;
  readonly deny: PlainText;
  readonly style?: 'danger' | 'primary';
}

export interface Button {
  readonly type: 'button';
  readonly action_id: string;
  readonly text: PlainText;
  readonly value: string;
  readonly style?: 'danger' | 'primary';
  readonly confirm?: Confirm;
}

export interface Section extends Block {
  readonly type: 'section';
  readonly text?: Mrkdwn;
  readonly fields?: readonly Mrkdwn[];
}

export interface Actions extends Block {
  readonly type: 'actions';
  readonly elements: readonly Button[];
}

/** Top-level text: chat.update takes no more than 4,000 characters. */
const MAX_TEXT = 3_900;
const MAX_FIELDS = 10;
const MAX_ROWS = 60;

export function plainText(text: string, limit: number): PlainText {
  return { type: 'plain_text', text: text.length <= limit ? text : `${text.slice(0, limit - 1)}…` };
}

export function header(text: string): Block & { readonly text: PlainText } {
  return { type: 'header', text: plainText(text, 150) };
}

/** `limit` keeps a whole message inside its budget. */
export function section(words: Words, limit = 2_900): Section {
  return { type: 'section', text: { type: 'mrkdwn', text: toMrkdwn(words, limit) } };
}

export function fields(entries: readonly Words[]): Section {
  const shown = entries.slice(0, MAX_FIELDS);
  return { type: 'section', fields: shown.map((words) => ({ type: 'mrkdwn', text: toMrkdwn(words, 900) })) };
}

export function context(words: Words): Block & { readonly elements: readonly Mrkdwn[] } {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: toMrkdwn(words, 1_900) }] };
}

export function divider(): Block {
  return { type: 'divider' };
}

/** An actions block takes no fewer than one element, so no buttons is no block. */
export function actions(blockId: string, buttons: readonly Button[]): readonly Actions[] {
  return buttons.length === 0 ? [] : [{ type: 'actions', block_id: blockId, elements: buttons.slice(0, 25) }];
}

export interface RichText extends Block {
  readonly type: 'rich_text';
  readonly elements: readonly {
    readonly type: 'rich_text_section';
    readonly elements: readonly RichElement[];
  }[];
}

export function richText(words: Words): RichText {
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: toRichElements(words) }] };
}

export type TaskStatus = 'pending' | 'in_progress' | 'complete' | 'error';

export interface Task {
  readonly id: string;
  readonly title: string;
  readonly status: TaskStatus;
  readonly details: Words;
}

/** One stable block id through create and updates, or each update folds a plan that a reader unfolded. */
export function plan(title: string, tasks: readonly Task[]): Block {
  const cards = tasks.map((task) => ({
    type: 'task_card',
    task_id: task.id,
    title: task.title,
    status: task.status,
    ...(task.details.length === 0 ? {} : { details: richText(task.details) }),
  }));
  const block = { type: 'plan', block_id: 'ferry-plan', title, tasks: cards };
  return block;
}

/** Rows beyond the limit are counted by the caller. */
export function table(rows: readonly (readonly (string | Words)[])[]): Block {
  const block = { type: 'table', rows: rows.slice(0, MAX_ROWS).map((row) => row.map(cellOf)) };
  return block;
}

/** The caller keeps words short; bare text is cut. */
function cellOf(cell: string | Words) {
  if (typeof cell !== 'string') return richText(cell);
  return { type: 'raw_text', text: clip(cell === '' ? '–' : cell, 400) };
}

export interface ChartData {
  /** At most 20 of at most 20 characters, no two the same. */
  readonly categories: readonly string[];
  /** One finite value for each category. */
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly xLabel: string;
  readonly yLabel: string;
}

export function lineChart(title: string, data: ChartData): Block {
  return chart('line', title, data);
}

export function barChart(title: string, data: ChartData): Block {
  return chart('bar', title, data);
}

/** Two a message at most; never in a modal. */
function chart(
  type: 'line' | 'bar',
  title: string,
  { categories, series, xLabel, yLabel }: ChartData,
): Block {
  const drawn = {
    type,
    series: series.map(({ name, values }) => ({
      name: clip(name, 20),
      data: categories.map((label, index) => ({ label, value: values[index] ?? 0 })),
    })),
    axis_config: { categories, x_label: clip(xLabel, 50), y_label: clip(yLabel, 50) },
  };
  const block = { type: 'data_visualization', title: clip(title, 50), chart: drawn };
  return block;
}

/** Lines of ours as they stand, in one width; never anybody else's words. */
export function preformatted(lines: readonly string[]): Section {
  return { type: 'section', text: { type: 'mrkdwn', text: `\`\`\`\n${lines.join('\n')}\n\`\`\`` } };
}

export function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** A message from its words: the first are the text, the blocks say the same with more. */
export function message(text: Words, blocks: readonly Block[]): Message {
  return { text: toMrkdwn(text, MAX_TEXT), blocks: withinBudget(blocks) };
}

const MAX_BLOCKS = 48;
const MAX_CHARS = 11_500;

/**
 * The last guard for lists longer than anybody foresaw: leaves out charts, whose words stand beside them, then
 * sections from the end, never buttons, so that a person can always act; what was left out is said.
 */
function withinBudget(blocks: readonly Block[]): readonly Block[] {
  if (blocks.length <= MAX_BLOCKS && charsOf(blocks) <= MAX_CHARS) return blocks;
  const kept = [...blocks];
  const note: Block = context([{ kind: 'text', text: 'Shortened; Details has the rest.' }]);
  while (kept.length > MAX_BLOCKS || charsOf(kept) > MAX_CHARS) {
    const chart = kept.findLastIndex((block) => block.type === 'data_visualization');
    const at =
      chart < 0 ? kept.findLastIndex((block, index) => index > 0 && block.type !== 'actions') : chart;
    if (at < 0) break;
    kept.splice(at, 1);
  }
  const buttons = kept.findIndex((block) => block.type === 'actions');
  kept.splice(buttons < 0 ? kept.length : buttons, 0, note);
  return kept;
}

function charsOf(blocks: readonly Block[]): number {
  return JSON.stringify(blocks).length;
}

/** For titles and dialogs. */
export function bare(words: Words, limit: number): string {
  return toPlain(words, limit);
}
