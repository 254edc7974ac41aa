// A started server answers on loopback, survives what tests do to it, and never outlives its parent.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { ping } from '../../../src/sandbox/servers/ping.ts';
import { startServer } from '../../../src/sandbox/servers/start.ts';
import { binaryOf, server, versions } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

test('every version of this run starts, says its version, and is gone after stop', async () => {
  for (const id of versions()) {
    const started = await startServer(binaryOf(id));
    const info = await command(started.port, 'INFO server');
    expect(info).toContain(`_version:${started.version}`);
    expect(info).toContain(`process_id:${started.pid}`);
    await started.stop();
    expect(isAlive(started.pid)).toBe(false);
    expect(existsSync(started.dir)).toBe(false);
  }
});

test('without a config file CONFIG REWRITE is refused, with one it is kept over a restart', async () => {
  const bare = await server('redis-7.0');
  expect(await command(bare.port, 'CONFIG REWRITE')).toContain('-ERR');

  const filed = await server('redis-7.0', { configFile: true, settings: { 'repl-backlog-size': '2mb' } });
  expect(await command(filed.port, 'CONFIG GET repl-backlog-size')).toContain('2097152');
  expect(await command(filed.port, 'CONFIG SET repl-backlog-size 3mb')).toContain('+OK');
  expect(await command(filed.port, 'CONFIG REWRITE')).toContain('+OK');
  const firstPid = filed.pid;
  await filed.restart();
  expect(filed.pid).not.toBe(firstPid);
  expect(await command(filed.port, 'CONFIG GET repl-backlog-size')).toContain('3145728');
});

test('a password is asked for, and a setting may be given several times', async () => {
  const locked = await server('valkey-8.1', {
    password: 'open sesame',
    settings: { user: ['ana on >a ~* +@all', 'ben on >b ~* +@all'] },
  });
  expect(await command(locked.port, 'PING')).toContain('NOAUTH');
  expect(await ping(locked.port, 'open sesame')).toBe('ready');
  expect(await ping(locked.port, 'wrong')).toBe('refused');
  expect(await command(locked.port, 'AUTH ben b')).toContain('+OK');
});

test('a paused server answers nobody, a resumed one does, a killed one has ended', async () => {
  const target = await server('redis-8.0');
  target.pause();
  expect(await ping(target.port, null, 100)).toBe('refused');
  target.resume();
  expect(await ping(target.port, null)).toBe('ready');
  expect(target.ended).toBeNull();
  await target.kill();
  expect(target.ended).toEqual({ code: null, signal: 'SIGKILL' });
  await target.restart();
  expect(await ping(target.port, null)).toBe('ready');
});

test('a server that does not start says why, and leaves no folder', async () => {
  const refused = startServer(binaryOf('redis-7.0'), { settings: { 'no-such-setting': '1' } });
  await expect(refused).rejects.toMatchObject({
    code: 'server-not-started',
    message: expect.stringContaining('no-such-setting'),
  });
});

test.runIf(process.platform === 'linux')(
  'a server dies with its parent, also when that is SIGKILLed',
  async () => {
    const { program, leadingArgs } = binaryOf('redis-7.0');
    const leashUrl = new URL('../../../src/sandbox/servers/leash.ts', import.meta.url);
    const { leashedCommand } = await import(leashUrl.href);
    const command = JSON.stringify(leashedCommand(program, [...leadingArgs, '--port', '0', '--save', '']));
    const script = `
    const [program, args] = ${command};
    const child = require('node:child_process').spawn(program, args, { stdio: 'ignore' });
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once('data', (line: Buffer) => resolve(Number(line.toString())));
    });
    await until(() => isAlive(pid), { what: 'the server to run' });
    parent.kill('SIGKILL');
    await until(() => !isAlive(pid), { what: 'the server to end with its parent' });
  },
);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Sends one inline command and hands back the raw answer. */
function command(port: number, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(`${line}\r\nQUIT\r\n`));
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('utf8');
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
