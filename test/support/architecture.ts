// Checks the rules that hold the code together: who may import what, and what may not exist at all.
// Works on a plain map of paths to texts, so that it can be fed a bad tree and be seen to complain.

import { posix } from 'node:path';
import { codeOnly, type Import, importsOf } from './source-text.ts';

export type Tree = ReadonlyMap<string, string>;

interface Rule {
  /** Folders below src/, or single modules such as `workflow/ports`. `*` is anything but main and sandbox. */
  readonly folders: readonly string[];
  /** Packages; a trailing slash means the whole scope. */
  readonly packages: readonly string[];
  readonly node: boolean;
}

const PORTS = ['migration', 'workflow/ports', 'workflow/latency-ports'];

/** The dependency table. A folder may always import itself. */
const RULES: Readonly<Record<string, Rule>> = {
  migration: { folders: [], packages: [], node: false },
  workflow: { folders: ['migration'], packages: [], node: true },
  redis: { folders: PORTS, packages: ['ioredis'], node: true },
  replication: { folders: [...PORTS, 'redis'], packages: [], node: true },
  store: { folders: PORTS, packages: ['zod'], node: true },
  queue: { folders: ['migration', 'workflow'], packages: ['bullmq'], node: true },
  slack: { folders: PORTS, packages: ['@slack/', 'zod'], node: true },
  'slack/blocks': { folders: ['migration'], packages: ['@slack/'], node: false },
  hooks: { folders: PORTS, packages: [], node: true },
  config: { folders: PORTS, packages: ['yaml', 'zod'], node: true },
  telemetry: { folders: [...PORTS, 'workflow/metrics-port'], packages: ['pino', 'prom-client'], node: true },
  sandbox: { folders: ['*', 'sandbox'], packages: ['*'], node: true },
  compose: { folders: ['*'], packages: [], node: true },
  doctor: { folders: ['*'], packages: [], node: true },
  password: { folders: ['*'], packages: [], node: true },
  fill: { folders: ['*'], packages: [], node: true },
  main: { folders: ['*', 'sandbox'], packages: [], node: true },
};

/** What makes a pure function impure: the clock, chance, timers, the process and the network. */
const IMPURE =
  /\b(Math\.random|set(?:Timeout|Interval|Immediate)|process|performance|crypto|fetch)\b(?!\s*:)/;
/** Rendering may turn a given time into words; the domain knows times as numbers only. */
const PURE: Readonly<Record<string, RegExp>> = {
  migration: new RegExp(`${IMPURE.source}|\\b(Date)\\b(?!\\s*:)`),
  'slack/blocks': new RegExp(`${IMPURE.source}|\\b(Date\\.now|new Date\\(\\))`),
};
const VAGUE = [
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'manager',
  'service',
  'services',
  'base',
  'misc',
];

/** Every breach of the rules in the tree, as sentences that name the file. Paths begin with src/ or test/. */
export function breaches(tree: Tree): string[] {
  const found: string[] = [];
  for (const [path, text] of tree) {
    found.push(...namingBreaches(path), ...shapeBreaches(path, text));
    if (path.startsWith('src/')) found.push(...importBreaches(path, text), ...globalBreaches(path, text));
  }
  found.push(...meetings(tree, 'redis', 'slack'), ...meetings(tree, 'slack', 'redis'));
  return found.sort();
}

/** The folder whose rule governs a file: the longest that fits, `compose` and `main` for the files at the top. */
function governing(path: string): string {
  const inside = path.replace(/^src\//, '').replace(/\.ts$/, '');
  const parts = inside.split('/');
  const nested = parts.slice(0, 2).join('/');
  return nested in RULES && parts.length > 2 ? nested : (parts[0] ?? '');
}

function importBreaches(path: string, text: string): string[] {
  const owner = governing(path);
  const rule = RULES[owner];
  if (rule === undefined) return [`${path}: src/${owner} is not in the dependency table`];
  return importsOf(text).flatMap((each) => {
    const why = each.specifier.startsWith('.')
      ? folderBreach(path, owner, rule, each)
      : packageBreach(owner, rule, each.specifier);
    return why === null ? [] : [`${path}: ${why}`];
  });
}

function folderBreach(
  path: string,
  owner: string,
  rule: Rule,
  { specifier, dynamic }: Import,
): string | null {
  const target = resolve(path, specifier);
  if (!target.startsWith('src/')) return `imports ${specifier}, which is outside src`;
  const folder = governing(target);
  const module = target.replace(/^src\//, '').replace(/\.ts$/, '');
  if (owner === 'main' && folder === 'sandbox' && !dynamic) {
    return `imports ${module} at start; the sandbox is loaded only when asked for`;
  }
  // A part of a folder with a rule of its own may be used by the whole folder, not the other way round.
  if (folder === owner || folder.startsWith(`${owner}/`)) return null;
  const allowed = rule.folders.some(
    (each) =>
      each === folder ||
      each === module ||
      folder.startsWith(`${each}/`) ||
      (each === '*' && folder !== 'main' && folder !== 'sandbox'),
  );
  return allowed ? null : `${owner} may not import ${module}`;
}

function packageBreach(owner: string, rule: Rule, specifier: string): string | null {
  if (specifier.startsWith('node:')) return rule.node ? null : `${owner} may not import ${specifier}`;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const allowed = rule.packages.some(
    (each) => each === '*' || each === name || (each.endsWith('/') && name.startsWith(each)),
  );
  return allowed ? null : `${owner} may not use the package ${name}`;
}

function globalBreaches(path: string, text: string): string[] {
  const owner = governing(path);
  const code = codeOnly(text);
  const found: string[] = [];
  const impure = PURE[owner]?.exec(code);
  if (impure) found.push(`${path}: ${owner} is pure and may not use ${impure[1] ?? impure[2]}`);
  // The sandbox may hand the whole environment on to its children, and read nothing from it.
  const environment = owner === 'sandbox' ? /\bprocess\.env\s*(\.|\[|\?\.)/ : /\bprocess\.env\b/;
  if (owner !== 'config' && environment.test(code)) found.push(`${path}: only config reads process.env`);
  if (owner !== 'main' && owner !== 'sandbox' && /\bconsole\./.test(code)) {
    found.push(`${path}: writes to the console; a logger is passed in`);
  }
  return found;
}

function namingBreaches(path: string): string[] {
  const words = path.replace(/\.[a-z]+$/, '').split(/[/.-]/);
  const vague = words.find((word) => VAGUE.includes(word.toLowerCase()));
  const found = vague === undefined ? [] : [`${path}: "${vague}" says nothing about what is inside`];
  if (/[A-Z_]/.test(posix.basename(path))) found.push(`${path}: file names are kebab-case`);
  return found;
}

function shapeBreaches(path: string, text: string): string[] {
  const code = codeOnly(text);
  const found: string[] = [];
  if (/^\s*export\s+default\b/m.test(code)) found.push(`${path}: has a default export`);
  if (/^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s/m.test(code)) found.push(`${path}: declares an enum`);
  const statements = code.split(';').map((statement) => statement.trim());
  const real = statements.filter((statement) => statement !== '');
  const passing = real.filter((statement) => /^export\b[^=(]*\bfrom\b/.test(statement));
  const star = real.some((statement) => /^export\s*\*/.test(statement));
  if (star || (real.length > 0 && passing.length === real.length)) found.push(`${path}: is a barrel`);
  return found;
}

/** Ways from one folder to another through any number of files; compose, doctor, main and the sandbox may know both. */
function meetings(tree: Tree, from: string, to: string): string[] {
  const found: string[] = [];
  for (const start of tree.keys()) {
    if (!start.startsWith(`src/${from}/`)) continue;
    const way = wayTo(tree, start, `src/${to}/`);
    if (way !== null) found.push(`${start}: ${from} reaches ${to} by ${way.join(' → ')}`);
  }
  return found;
}

function wayTo(tree: Tree, start: string, goal: string): string[] | null {
  const seen = new Set([start]);
  const queue: string[][] = [[start]];
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    const last = way.at(-1) ?? start;
    for (const { specifier } of importsOf(tree.get(last) ?? '')) {
      const target = specifier.startsWith('.') ? resolve(last, specifier) : '';
      if (seen.has(target) || !tree.has(target)) continue;
      if (target.startsWith(goal)) return [...way, target];
      seen.add(target);
      queue.push([...way, target]);
    }
  }
  return null;
}

function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}
