// What `npm run sandbox -- …` was asked to do. A mistake is one clear sentence.

export interface SandboxOptions {
  readonly mode: 'page' | 'demo';
  /** The demo in under a minute. */
  readonly isQuick: boolean;
  /** Of the page; 0: any free one. */
  readonly port: number;
}

export type Parsed =
  | { readonly kind: 'run'; readonly options: SandboxOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistake'; readonly sentence: string };

export const HELP = `Ferry's sandbox: real Redis servers, a Slack of its own, and Ferry between them, all on this machine.

  npm run sandbox                      a page to try it on; prints its address
  npm run sandbox -- --port 8080       the same on a port of your choice
  npm run sandbox -- --demo            one whole migration by itself, about two minutes; exits 1 if a write was lost
  npm run sandbox -- --demo --quick    the same in under a minute
  npm run sandbox -- --help            this text
`;

const KNOWN = ['--demo', '--quick', '--port', '--help'];
const MAX_PORT = 65_535;

export function parseOptions(argv: readonly string[]): Parsed {
  const given = new Set<string>();
  let port = 0;
  const words = argv.flatMap((word) => word.split('=', 2));
  for (let name = words.shift(); name !== undefined; name = words.shift()) {
    if (!KNOWN.includes(name))
      return mistake(`${name} is no option of the sandbox; there are ${KNOWN.join(', ')}.`);
    given.add(name);
    if (name !== '--port') continue;
    const value = words.shift() ?? '';
    port = /^\d{1,5}$/.test(value) ? Number(value) : MAX_PORT + 1;
    if (port > MAX_PORT) return mistake('--port needs a port after it, such as --port 8080.');
  }
  if (given.has('--help')) return { kind: 'help' };
  const isDemo = given.has('--demo');
  if (given.has('--quick') && !isDemo) return mistake('--quick is for the demo: --demo --quick.');
  if (given.has('--port') && isDemo) return mistake('--port is for the page; the demo has none.');
  return { kind: 'run', options: { mode: isDemo ? 'demo' : 'page', isQuick: given.has('--quick'), port } };
}

function mistake(sentence: string): Parsed {
  return { kind: 'mistake', sentence };
}
