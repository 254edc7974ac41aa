// Pings a server over a raw socket, one PING after the other, in a process of its own and with code of its own: what
// the probe is compared with. Tells every reply when its standard input ends.

import { connect } from 'node:net';

const [port, intervalMs] = process.argv.slice(2).map(Number);
const socket = connect({ host: '127.0.0.1', port, noDelay: true });
const samples = [];
let sentAt = 0;
let sent = 0n;

function ping() {
  sentAt = Date.now();
  sent = process.hrtime.bigint();
  socket.write('PING\r\n');
}

socket.on('data', () => {
  const us = Number(process.hrtime.bigint() - sent) / 1_000;
  samples.push([sentAt, us]);
  setTimeout(ping, Math.max(0, intervalMs - us / 1_000));
});
socket.on('connect', () => {
  process.stdout.write('ready\n');
  ping();
});
process.stdin.on('end', () => {
  process.stdout.write(`${JSON.stringify(samples)}\n`, () => process.exit(0));
});
process.stdin.resume();
