// What may be asked of `npm run sandbox`, and the one sentence that a mistake gets.

import { expect, test } from 'vitest';
import { parseOptions } from '../../src/sandbox/options.ts';

test.each([
  [[], { mode: 'page', isQuick: false, port: 0 }],
  [['--port', '8080'], { mode: 'page', isQuick: false, port: 8080 }],
  [['--port=8080'], { mode: 'page', isQuick: false, port: 8080 }],
  [['--demo'], { mode: 'demo', isQuick: false, port: 0 }],
  [['--quick', '--demo'], { mode: 'demo', isQuick: true, port: 0 }],
])('%j is understood', (argv, options) => {
  expect(parseOptions(argv)).toEqual({ kind: 'run', options });
});

test.each([
  [['--fast'], '--fast is no option of the sandbox; there are --demo, --quick, --port, --help.'],
  [['demo'], 'demo is no option'],
  [['--quick'], '--quick is for the demo'],
  [['--port'], '--port needs a port'],
  [['--port', '70000'], '--port needs a port'],
  [['--demo', '--port', '80'], '--port is for the page'],
])('%j is a mistake', (argv, sentence) => {
  const parsed = parseOptions(argv);
  expect(parsed.kind === 'mistake' ? parsed.sentence : parsed.kind).toContain(sentence);
});

test('help wins over everything that is understood', () => {
  expect(parseOptions(['--demo', '--help']).kind).toBe('help');
});
