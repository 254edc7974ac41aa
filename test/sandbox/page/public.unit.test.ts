// What a stranger wrote into Redis may show up in a message: the page must never take it for HTML.

import { expect, test } from 'vitest';
import { projectFiles } from '../../support/project-files.ts';

const scripts = [...projectFiles('src/sandbox/page/public')].filter(([path]) => path.endsWith('.js'));

test('no script of the page turns text into markup or code', () => {
  expect(scripts.length).toBeGreaterThan(4);
  const dangerous =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|srcdoc/;
  expect(scripts.filter(([, text]) => dangerous.test(text)).map(([path]) => path)).toEqual([]);
});

test('the page loads nothing from elsewhere', () => {
  const html = projectFiles('src/sandbox/page/public').get('src/sandbox/page/public/index.html') ?? '';
  const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(sources).toContain('/page.js');
  expect(sources.filter((source) => !/^\/[a-z.]+$|^data:,$/.test(source))).toEqual([]);
  expect(html).not.toMatch(/ on[a-z]+=|<style|<script(?! type="module" src)/);
});
