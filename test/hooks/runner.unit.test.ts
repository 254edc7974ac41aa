// Hooks against a real HTTP server and real commands.

import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createHookRunner } from '../../src/hooks/runner.ts';
import type { Hook } from '../../src/migration/policy.ts';
import type { Logger } from '../../src/workflow/ports.ts';

const SECRET = 'hook-secret-value';
const GIVEN = { PATH: '/usr/bin:/bin', LANG: 'C' };
const PAYLOAD = { migration: 'm42', source: 'carts-old', target: 'carts-new' };

function hooks() {
  const lines: string[] = [];
  const write = (fields: object, message: string): void =>
    void lines.push(JSON.stringify({ ...fields, message }));
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  return {
    lines,
    runner: createHookRunner({ secrets: { resolve: async () => SECRET }, logger, environment: GIVEN }),
  };
}

function hook(part: Partial<Hook>): Hook {
  return { webhook: null, command: null, secretRef: null, timeoutMs: 5_000, mayVeto: true, ...part };
}

function script(text: string, ...args: string[]): readonly string[] {
  return [process.execPath, '-e', text, ...args];
}

/** status 0: never answers. */
async function receiver(status: number) {
  const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      seen.push({ headers: request.headers, body });
      if (status !== 0) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { seen, url: `http://127.0.0.1:${port}/hook?token=in-the-address` };
}

it('signs what it sends, so that a receiver can check it', async () => {
  const { seen, url } = await receiver(200);
  const answer = await hooks().runner.run(hook({ webhook: url, secretRef: 'env:HOOK' }), PAYLOAD, 'u1.1');
  expect(answer).toMatchObject({ ok: true, detail: '200' });
  const [call] = seen;
  const stamp = String(call?.headers['x-ferry-timestamp']);
  const expected = createHmac('sha256', SECRET).update(`${stamp}.${call?.body}`).digest('hex');
  expect(call?.headers['x-ferry-signature']).toBe(`v1=${expected}`);
  expect(call?.headers['idempotency-key']).toBe('u1.1');
  expect(JSON.parse(call?.body ?? '')).toEqual(PAYLOAD);
  expect(Math.abs(Date.now() / 1_000 - Number(stamp))).toBeLessThan(60);
});

it.each([400, 409, 500])('answers no to a %d', async (status) => {
  const { url } = await receiver(status);
  const answer = await hooks().runner.run(hook({ webhook: url }), PAYLOAD, 'u1.1');
  expect(answer).toMatchObject({ ok: false, detail: String(status) });
});

it('I9 a late or missing receiver is an outcome that names no address', async () => {
  const { url } = await receiver(0);
  const { runner, lines } = hooks();
  const late = await runner.run(
    hook({ webhook: url, secretRef: 'env:HOOK', timeoutMs: 100 }),
    PAYLOAD,
    'u1.1',
  );
  const missing = await runner.run(
    hook({ webhook: 'http://127.0.0.1:1/?token=in-the-address' }),
    PAYLOAD,
    'u1.1',
  );
  expect(late).toMatchObject({ ok: false, detail: 'no answer within 0.1 s' });
  expect(missing).toMatchObject({ ok: false, detail: 'not reachable' });
  const told = `${JSON.stringify([late, missing])}${lines.join('')}`;
  expect(told).not.toContain('in-the-address');
  expect(told).not.toContain(SECRET);
});

it('gives a command its payload on standard input and its arguments unread by a shell', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-hook-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'seen.json');
  const text =
    'const fs=require("fs");const [file,arg]=process.argv.slice(1);' +
    'fs.writeFileSync(file,JSON.stringify({arg,input:JSON.parse(fs.readFileSync(0,"utf8"))}))';
  const command = script(text, file, '$(id); `id`');
  const answer = await hooks().runner.run(hook({ command }), PAYLOAD, 'u1.1');
  expect(answer).toMatchObject({ ok: true, detail: 'exit 0' });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    arg: '$(id); `id`',
    input: { ...PAYLOAD, idempotencyKey: 'u1.1' },
  });
});

it('tells how a command failed, and nothing that it printed (I9)', async () => {
  const { runner, lines } = hooks();
  const failing = script(`console.log('${SECRET}'); console.error('${SECRET}'); process.exit(3)`);
  expect(await runner.run(hook({ command: failing }), PAYLOAD, 'u1.1')).toMatchObject({
    ok: false,
    detail: 'exit 3',
  });
  const missing = await runner.run(hook({ command: ['/no/such/program'] }), PAYLOAD, 'u1.1');
  expect(missing).toMatchObject({ ok: false, detail: 'could not start: ENOENT' });
  expect(lines.join('')).not.toContain(SECRET);
});

it('ends a command whose time is over, also one that ignores being asked', async () => {
  const deaf = script("process.on('SIGTERM',()=>{});setInterval(()=>{},1000)");
  const answer = await hooks().runner.run(hook({ command: deaf, timeoutMs: 500 }), PAYLOAD, 'u1.1');
  expect(answer).toMatchObject({ ok: false, detail: 'no end within 0.5 s' });
  expect(answer.tookMs).toBeLessThan(5_000);
});

it('I9 a command gets nothing of our environment but what is harmless', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-hook-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'seen');
  const command = script("require('fs').writeFileSync(process.argv[1], JSON.stringify(process.env))", file);
  expect((await hooks().runner.run(hook({ command }), PAYLOAD, 'key-1')).ok).toBe(true);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(GIVEN);
});
