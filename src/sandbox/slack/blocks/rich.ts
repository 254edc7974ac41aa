// The newer blocks, which not every workspace has: plan, task_card, data_visualization, table, card, container.
import { isObject, objectsOf } from '../json.ts';
import { anyText, blockId, plainText } from './composition.ts';
import { button, imageElement } from './elements.ts';
import { containerChild, table as tableOf } from './layout.ts';
import { richText } from './rich-text.ts';
import {
  all,
  boolean,
  byType,
  type Check,
  list,
  number,
  object,
  oneOf,
  type Problem,
  text,
} from './schema.ts';

const shared = { block_id: blockId };
const MAX_CELL_CHARS = 10_000;
const urlSource = object({ type: oneOf('url'), url: text(3000), text: text(3000) });

const taskType = { type: oneOf('task_card') };
const taskNames = { task_id: text(255), title: text(3000) };
const taskContent = { ...shared, details: richText, output: richText, sources: list(urlSource, 50) };
const begun = ['in_progress', 'complete', 'error'];

/** On its own a task has begun: `pending` is for tasks that wait inside a plan. */
export const taskCard = object({ ...taskType, ...taskNames }, { ...taskContent, status: oneOf(...begun) });

/** Inside a plan the type goes without saying. */
const plannedTask = object(taskNames, { ...taskType, ...taskContent, status: oneOf('pending', ...begun) });

const distinctTaskIds: Check = (value, pointer, problems) => {
  const seen = new Set<unknown>();
  for (const [index, task] of (isObject(value) ? objectsOf(value['tasks']) : []).entries()) {
    if (seen.has(task['task_id'])) {
      const at = `${pointer}/tasks/${index}/task_id`;
      problems.push({ pointer: at, message: `\`task_id\` already exists: ${String(task['task_id'])}` });
    }
    seen.add(task['task_id']);
  }
};

export const plan = all(
  object({ type: oneOf('plan'), title: text(3000) }, { ...shared, tasks: list(plannedTask, 50) }),
  distinctTaskIds,
);

const seriesPoint = object({ label: text(20), value: number(-Number.MAX_VALUE, Number.MAX_VALUE) });
const seriesChart = (type: string): Check =>
  all(
    object({
      type: oneOf(type),
      series: list(object({ name: text(20), data: list(seriesPoint, 20) }), 12),
      axis_config: object({ categories: list(text(20), 20) }, { x_label: text(50), y_label: text(50) }),
    }),
    pointsMatchCategories,
  );

/** Each series has exactly one value for each category. */
function pointsMatchCategories(value: unknown, pointer: string, problems: Problem[]): void {
  if (!isObject(value) || !isObject(value['axis_config'])) return;
  const listed = value['axis_config']['categories'];
  const categories = Array.isArray(listed) ? listed : [];
  if (new Set(categories).size !== categories.length) {
    problems.push({ pointer: `${pointer}/axis_config/categories`, message: 'must be unique' });
  }
  const names = objectsOf(value['series']).map((series) => series['name']);
  if (new Set(names).size !== names.length) {
    problems.push({ pointer: `${pointer}/series`, message: 'series names must be unique' });
  }
  for (const [index, series] of objectsOf(value['series']).entries()) {
    const labels = objectsOf(series['data']).map((point) => point['label']);
    const isWhole = labels.length === categories.length && categories.every((name) => labels.includes(name));
    if (!isWhole) {
      const at = `${pointer}/series/${index}/data`;
      problems.push({ pointer: at, message: 'must have exactly one data point per category' });
    }
  }
}

const pie = object({
  type: oneOf('pie'),
  segments: list(object({ label: text(20), value: number(Number.MIN_VALUE, Number.MAX_VALUE) }), 12),
});

export const dataVisualization = object(
  {
    type: oneOf('data_visualization'),
    title: text(50),
    chart: byType({ pie, line: seriesChart('line'), bar: seriesChart('bar'), area: seriesChart('area') }),
  },
  shared,
);

const cell = byType({
  raw_text: object({ type: oneOf('raw_text'), text: text(MAX_CELL_CHARS) }),
  raw_number: object({
    type: oneOf('raw_number'),
    value: number(-Number.MAX_VALUE, Number.MAX_VALUE),
  }),
  rich_text: richText,
});

const tableFitsLimit: Check = (value, pointer, problems) => {
  const rows = isObject(value) && Array.isArray(value['rows']) ? value['rows'] : [];
  if (cellChars(rows) > MAX_CELL_CHARS) {
    problems.push({ pointer, message: `must have no more than ${MAX_CELL_CHARS} characters in its cells` });
  }
};

/** The characters that people read, however deep they stand. */
function cellChars(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + cellChars(entry), 0);
  if (!isObject(value)) return 0;
  const own = typeof value['text'] === 'string' ? value['text'].length : 0;
  return own + cellChars(value['elements']);
}

export const table = all(tableOf(cell), tableFitsLimit);

const cardHasContent: Check = (value, pointer, problems) => {
  if (!isObject(value)) return;
  const shown = ['hero_image', 'title', 'actions', 'body'];
  if (shown.every((field) => value[field] === undefined)) {
    problems.push({ pointer, message: `missing required field: one of ${shown.join(', ')}` });
  }
};

export const card = all(
  object(
    { type: oneOf('card') },
    {
      ...shared,
      hero_image: imageElement,
      icon: imageElement,
      title: anyText(150),
      subtitle: anyText(150),
      body: anyText(200),
      subtext: anyText(200),
      actions: list(button, 3),
    },
  ),
  cardHasContent,
);

const containerHasTitle: Check = (value, pointer, problems) => {
  if (isObject(value) && value['title'] === undefined && value['rich_text_title'] === undefined) {
    problems.push({ pointer, message: 'missing required field: title or rich_text_title' });
  }
};

const containerPart: Check = (value, pointer, problems) => {
  const type = isObject(value) ? value['type'] : undefined;
  if (type === 'table') table(value, pointer, problems);
  else if (type === 'rich_text') richText(value, pointer, problems);
  else containerChild(value, pointer, problems);
};

export const container = all(
  object(
    { type: oneOf('container'), child_blocks: list(containerPart, 10) },
    {
      ...shared,
      title: plainText(150),
      rich_text_title: richText,
      subtitle: anyText(150),
      width: oneOf('narrow', 'standard', 'wide', 'full'),
      icon: imageElement,
      is_collapsible: boolean,
      default_collapsed: boolean,
      has_header_divider: boolean,
    },
  ),
  containerHasTitle,
);
