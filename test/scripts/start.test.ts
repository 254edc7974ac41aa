// npm start: builds when it must and only then, passes arguments and signals on, ends with the program's exit code.

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { PROJECT_ROOT } from '../support/project-files.ts';

interface Project {
  readonly folder: string;
  run(args: readonly string[], signalOn?: string): Promise<{ code: number | null; output: string }>;
}

/** A project with our scripts and settings, and a main of a few lines. */
function project(main: string, { withPackages }: { withPackages: boolean }): Project {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ['.scripts', 'tsconfig.json', 'tsconfig.build.json', 'package.json']) {
    cpSync(join(PROJECT_ROOT, name), join(folder, name), { recursive: true });
  }
  if (withPackages) symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'src/sandbox/page/public'), { recursive: true });
  writeFileSync(join(folder, 'src/main.ts'), main);
  writeFileSync(join(folder, 'src/sandbox/page/public/page.css'), 'p {}');
  return {
    folder,
    run: (args, signalOn) =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, ['.scripts/start.mjs', ...args], { cwd: folder });
        let output = '';
        const listen = (chunk: Buffer): void => {
          output += chunk.toString('utf8');
          if (signalOn !== undefined && output.includes(signalOn)) child.kill('SIGTERM');
        };
        child.stdout.on('data', listen);
        child.stderr.on('data', listen);
        child.on('close', (code) => resolve({ code, output }));
      }),
  };
}

test('it builds what is new, once, with the page beside it, and passes arguments and exit code on', async () => {
  const { folder, run } = project(
    `import { existsSync } from 'node:fs';
     const page: boolean = existsSync(new URL('./sandbox/page/public/page.css', import.meta.url));
     console.log('first', process.argv.slice(2).join(' '), page);
     process.exitCode = 2;`,
    { withPackages: true },
  );
  expect(await run(['sandbox', '--demo'])).toEqual({ code: 2, output: 'first sandbox --demo true\n' });

  // Not newer than the build: a build would print "second".
  writeFileSync(join(folder, 'src/main.ts'), "console.log('second');");
  const longAgo = new Date(Date.now() - 60_000);
  for (const path of ['src/main.ts', 'src', 'src/sandbox', 'src/sandbox/page', 'src/sandbox/page/public']) {
    utimesSync(join(folder, path), longAgo, longAgo);
  }
  utimesSync(join(folder, 'src/sandbox/page/public/page.css'), longAgo, longAgo);
  expect((await run([])).output).toContain('first');

  writeFileSync(join(folder, 'src/main.ts'), "console.log('second');");
  expect(await run([])).toEqual({ code: 0, output: 'second\n' });
});

test('a mistake in the source is shown and nothing is run', async () => {
  const { run } = project("const wrong: number = 'text'; console.log(wrong);", { withPackages: true });
  const { code, output } = await run([]);
  expect(code).toBe(1);
  expect(output).toMatch(/main\.ts.*TS2322[\s\S]*The build failed\./);
});

test('without packages it says what to do; with a finished build it needs none', async () => {
  const { folder, run } = project('', { withPackages: false });
  expect(await run([])).toEqual({
    code: 1,
    output: 'Nothing is built and nothing can be: run npm install first.\n',
  });
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'dist/main.js'), "console.log('built elsewhere');");
  expect(await run([])).toEqual({ code: 0, output: 'built elsewhere\n' });
});

test('SIGTERM reaches the program itself', async () => {
  const { run } = project(
    `process.on('SIGTERM', () => { console.log('handing over'); process.exit(0); });
     setInterval(() => undefined, 1000);
     console.log('running');`,
    { withPackages: true },
  );
  expect(await run([], 'running\n')).toMatchObject({
    code: 0,
    output: expect.stringContaining('handing over'),
  });
});
