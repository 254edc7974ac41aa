// Asks a server on loopback whether it answers, over a bare socket.

import { connect } from 'node:net';

export type PingAnswer = 'ready' | 'loading' | 'refused';

/** One PING, with AUTH first where a password is set. Anything but +PONG or -LOADING counts as refused. */
export function ping(port: number, password: string | null, timeoutMs = 1_000): Promise<PingAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let received = '';
    const finish = (answer: PingAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish('refused'));
    socket.on('error', () => finish('refused'));
    socket.on('close', () => finish('refused'));
    socket.on('connect', () => {
      if (password !== null) socket.write(encode(['AUTH', password]));
      socket.write(encode(['PING']));
    });
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('utf8');
      if (received.includes('+PONG\r\n')) finish('ready');
      else if (received.includes('-LOADING')) finish('loading');
      else if (/^-(?!LOADING).*\r\n$/m.test(received)) finish('refused');
    });
  });
}

function encode(args: readonly string[]): string {
  const parts = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
  return `*${args.length}\r\n${parts.join('')}`;
}
