// ferry.yaml as text: its syntax, its values, and on which line each of them stands.
// Never quotes the file in a message: the parser's own texts do, and the file may hold a secret (I9).

import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { exampleFor } from './examples.ts';
import { type Mistake, showPath } from './mistakes.ts';

export type Path = readonly (string | number)[];

/** A file that could be read as YAML; `locate` gives `file:line:column` of a path or of its nearest parent. */
export interface YamlFile {
  readonly value: unknown;
  readonly locate: (path: Path) => string;
}

/** What is wrong with the syntax, in our words, by the parser's code. The others get `OTHER_SYNTAX`. */
const SYNTAX: Partial<Record<YAMLError['code'], string>> = {
  BAD_ALIAS: 'Text that begins with * or & needs quotes.',
  BAD_INDENT: 'The indentation does not fit the lines above.',
  BAD_DQ_ESCAPE:
    'A backslash inside double quotes begins an escape that YAML does not know; use single quotes.',
  BAD_SCALAR_START: 'Text that begins with @, ` or % needs quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'A line has two keys, or its indentation does not fit.',
  MISSING_CHAR: 'Something is missing here: a closing quote or bracket, or the space after a colon.',
  MULTILINE_IMPLICIT_KEY: 'A key is not followed by a colon and a space.',
  MULTIPLE_DOCS: 'The file has a second document (---); Ferry reads one.',
  TAB_AS_INDENT: 'Tabs cannot indent YAML; use spaces.',
  TAG_RESOLVE_FAILED: 'Text that begins with ! needs quotes.',
};
const OTHER_SYNTAX = 'This is not valid YAML.';
const SYNTAX_EXAMPLE = 'two spaces a level, `key: value` a line, text with special characters in quotes';

/** Reads YAML 1.2; `parsed` is null when the syntax leaves nothing to check further. */
export function parseYamlFile(file: string, text: string): { parsed: YamlFile | null; mistakes: Mistake[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const faults = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  const duplicates = faults.filter((fault) => fault.code === 'DUPLICATE_KEY');
  const mistakes = firstOfEachLine(faults, lines).map((fault): Mistake => {
    const where = at(fault.pos[0]);
    if (fault.code === 'DUPLICATE_KEY') return duplicateKey(document, fault.pos[0], where, lines);
    return { where, name: '', problem: SYNTAX[fault.code] ?? OTHER_SYNTAX, example: SYNTAX_EXAMPLE };
  });
  const aliases = danglingAliases(document).map(
    (offset): Mistake => ({
      where: at(offset),
      name: '',
      problem: 'This alias has no anchor. Text that begins with * needs quotes.',
      example: SYNTAX_EXAMPLE,
    }),
  );
  mistakes.push(...aliases);
  // Keys given twice leave the structure readable; anything else would make later findings guesses.
  if (faults.length > duplicates.length || aliases.length > 0) return { parsed: null, mistakes };
  const locate = (path: Path): string => at(offsetOf(document, path));
  const read = resolveAliases(document);
  if (read !== null) return { parsed: { ...read, locate }, mistakes };
  const problem = 'An alias (*name) or a merge (<<) in this file leads nowhere, to no map, or far too often.';
  return {
    parsed: null,
    mistakes: [...mistakes, { where: at(0), name: '', problem, example: MERGE_EXAMPLE }],
  };
}

const MERGE_EXAMPLE = 'carts-new: { <<: *carts, url: "redis://10.0.0.6:6379" }';

/** The parser throws where aliases multiply or merge what is no map; its text may quote the file. */
function resolveAliases(document: Document): { readonly value: unknown } | null {
  try {
    return { value: document.toJS() };
  } catch {
    return null;
  }
}

/** One broken line makes the parser complain several times; the first complaint is the useful one. */
function firstOfEachLine(faults: readonly YAMLError[], lines: LineCounter): YAMLError[] {
  const seen = new Set<number>();
  return faults.filter((fault) => {
    const { line } = lines.linePos(fault.pos[0]);
    if (fault.code === 'DUPLICATE_KEY') return true;
    if (seen.has(line)) return false;
    seen.add(line);
    return true;
  });
}

function duplicateKey(document: Document, offset: number, where: string, lines: LineCounter): Mistake {
  const path: string[] = [];
  let firstLine = 0;
  visit(document, {
    Map(_, map, ancestors) {
      const second = map.items.find((pair) => startOf(pair) === offset);
      if (second === undefined) return undefined;
      path.push(...ancestors.filter((ancestor) => isPair(ancestor)).map(keyOf), keyOf(second));
      const first = map.items.find((pair) => keyOf(pair) === keyOf(second));
      firstLine = lines.linePos(first === undefined ? offset : startOf(first)).line;
      return visit.BREAK;
    },
  });
  const problem = `This key was given before, on line ${firstLine}. Keep one of the two.`;
  return { where, name: showPath(path), problem, example: exampleFor(path) };
}

function danglingAliases(document: Document): number[] {
  const offsets: number[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined) offsets.push(alias.range?.[0] ?? 0);
    },
  });
  return offsets;
}

/** Where a path's key (or list item) begins; what was left out or merged in stands at its nearest parent. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    const here = isAlias(node) ? node.resolve(document) : node;
    if (isMap(here)) {
      // Of a key given twice, the later one's value is the one that was read.
      const pair = here.items.findLast((item) => keyOf(item) === String(step));
      if (pair === undefined) return offset;
      offset = startOf(pair);
      node = pair.value;
    } else if (isSeq(here)) {
      const item = here.items[Number(step)];
      if (!isNode(item)) return offset;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else return offset;
  }
  return offset;
}

function keyOf(pair: unknown): string {
  return isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : '';
}

function startOf(pair: Pair): number {
  return isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
}
