// data_visualization blocks as plain SVG: lines, areas and bars over shared categories, and shares as bars.

import { classed, element } from './text.js';

const WIDTH = 600;
const HEIGHT = 110;
const COLOURS = 6;
const MAX_LABELS = 7;

export function chart(block) {
  const { chart: drawn = {}, title = '' } = block;
  const box = classed('chart', 'figure', element('figcaption', title));
  if (drawn.type === 'pie') {
    const segments = (drawn.segments ?? []).map(({ label, value }) => ({ label, value }));
    box.append(plot('bar', [{ name: title, data: segments }], title, ''));
    return box;
  }
  const series = drawn.series ?? [];
  box.append(plot(drawn.type, series, title, drawn.axis_config?.y_label ?? ''));
  const legend = series.map((one, i) => classed(`colour-${i % COLOURS}`, 'span', one.name));
  const labels = [drawn.axis_config?.y_label, drawn.axis_config?.x_label].filter(Boolean).join(' · ');
  box.append(classed('legend', 'p', ...(series.length > 1 ? legend : []), labels));
  return box;
}

function plot(type, series, title, unit) {
  const top = niceTop(Math.max(...series.flatMap((one) => one.data.map(({ value }) => value)), 0));
  const svg = svgNode('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' });
  svg.setAttribute('aria-label', `${title}: ${describe(series, unit)}`);
  for (const share of [0, 0.5, 1]) {
    const y = HEIGHT * share;
    svg.append(svgNode('line', { x1: 0, y1: y, x2: WIDTH, y2: y, class: 'grid-line' }));
  }
  for (const [i, one] of series.entries()) {
    svg.append(
      type === 'bar' ? bars(one.data, top, i, series.length) : line(one.data, top, i, type === 'area'),
    );
  }
  const ticks = [top, top / 2, 0].map((value) => element('span', short(value)));
  return classed('plot', 'div', classed('ticks', 'div', ...ticks), svg, xTicks(type, series));
}

/** Under each bar its own label, as many as there is room for; of a line its ends and its middle. */
function xTicks(type, series) {
  const labels = (series[0]?.data ?? []).map(({ label }) => label ?? '');
  if (type !== 'bar') {
    const middle = labels.length > 2 ? [labels[Math.floor(labels.length / 2)]] : [];
    const shown = [labels[0], ...middle, labels.at(-1)];
    return classed('x-ticks', 'div', ...shown.map((label) => element('span', label ?? '')));
  }
  const each = Math.ceil(labels.length / MAX_LABELS);
  const shown = labels.map((label, i) => element('span', i % each === 0 ? label : ''));
  return classed('x-ticks slots', 'div', ...shown);
}

function line(data, top, i, isFilled) {
  const group = svgNode('g', { class: `colour-${i % COLOURS}` });
  const step = WIDTH / Math.max(1, data.length - 1);
  const points = data.map(({ value }, at) => `${at * step},${HEIGHT * (1 - value / top)}`);
  if (isFilled) {
    const corners = [`0,${HEIGHT}`, ...points, `${(data.length - 1) * step},${HEIGHT}`];
    group.append(svgNode('polygon', { points: corners.join(' '), class: 'filled' }));
  }
  group.append(svgNode('polyline', { points: points.join(' '), class: 'series' }));
  return group;
}

function bars(data, top, i, of) {
  const group = svgNode('g', { class: `bars colour-${i % COLOURS}` });
  const slot = WIDTH / Math.max(1, data.length);
  const width = (slot * 0.7) / of;
  for (const [at, { label, value }] of data.entries()) {
    const height = HEIGHT * (value / top);
    const bar = svgNode('rect', {
      x: (at + 0.15) * slot + i * width,
      y: HEIGHT - height,
      width,
      height,
    });
    bar.append(svgNode('title', {}));
    bar.firstChild.textContent = `${label}: ${value}`;
    group.append(bar);
  }
  return group;
}

/** The next of 1, 2, 5, 10, … at or above the largest value. */
function niceTop(largest) {
  if (!(largest > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(largest));
  return ([1, 2, 5, 10].find((times) => times * power >= largest) ?? 10) * power;
}

function short(value) {
  if (value >= 1_000) return `${Number((value / 1_000).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
}

function describe(series, unit) {
  return series
    .map(({ name, data }) => {
      const values = data.map(({ value }) => value);
      return `${name} from ${short(Math.min(...values))} to ${short(Math.max(...values))} ${unit}`.trim();
    })
    .join(', ');
}

export function svgNode(tag, attributes) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return node;
}
