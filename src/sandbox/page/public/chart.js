// data_visualization blocks as plain SVG: lines and bars with their largest value, and a legend.

import { classed, element } from './text.js';

const WIDTH = 480;
const HEIGHT = 120;
const COLOURS = 6;

export function chart(block) {
  const { chart: drawn = {}, title = '' } = block;
  const box = classed('chart', 'figure', element('figcaption', title));
  if (drawn.type === 'pie') {
    const segments = (drawn.segments ?? []).map(({ label, value }) => `${label}: ${value}`);
    box.append(element('p', segments.join(' · ')));
    return box;
  }
  const series = drawn.series ?? [];
  const categories = drawn.axis_config?.categories ?? [];
  const top = Math.max(...series.flatMap((one) => one.data.map((point) => point.value)), 0) || 1;
  const svg = svgNode('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img' });
  svg.setAttribute('aria-label', `${title}, up to ${top}`);
  svg.append(svgNode('line', { x1: 0, y1: HEIGHT - 1, x2: WIDTH, y2: HEIGHT - 1, class: 'axis' }));
  for (const [i, one] of series.entries()) {
    const draw = drawn.type === 'bar' ? bars : line;
    svg.append(draw(one.data, top, { i, of: series.length }));
  }
  const legend = series.map((one, i) => classed(`legend colour-${i % COLOURS}`, 'span', one.name));
  const range = categories.length > 0 ? `${categories[0]} to ${categories.at(-1)}` : '';
  box.append(
    svg,
    classed('quiet', 'p', ...legend, ` up to ${top} ${drawn.axis_config?.y_label ?? ''} · ${range}`),
  );
  return box;
}

function line(data, top, { i }) {
  const step = WIDTH / Math.max(1, data.length - 1);
  const points = data.map(({ value }, at) => `${at * step},${HEIGHT - (value / top) * (HEIGHT - 8)}`);
  return svgNode('polyline', { points: points.join(' '), class: `line colour-${i % COLOURS}` });
}

function bars(data, top, { i, of }) {
  const group = svgNode('g', { class: `bars colour-${i % COLOURS}` });
  const slot = WIDTH / Math.max(1, data.length);
  const width = (slot * 0.8) / of;
  for (const [at, { value }] of data.entries()) {
    const height = (value / top) * (HEIGHT - 8);
    group.append(svgNode('rect', { x: at * slot + i * width, y: HEIGHT - height, width, height }));
  }
  return group;
}

function svgNode(tag, attributes) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return node;
}
