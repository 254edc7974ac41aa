// Fill 2 and 4 GB, clear, fill again, migrate, clear: what a team does before it trusts Ferry with its own data. Every
// key that was there before stays as it was. Part of the full run only: it takes minutes and prints the figures.

import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/configuration.ts';
import { parseTask, runTaskCommand } from '../../src/fill.ts';
import type { Command } from '../../src/redis/wire/command.ts';
import type { WireConnection } from '../../src/redis/wire/connection.ts';
import { listOf, textOf } from '../../src/redis/wire/reply.ts';
import { fill, keyOf, wireTo } from '../support/data.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type Rig, startRig } from '../support/rig.ts';

const OWN_KEYS = 5_000;
const FAR = 4_102_444_800;
const told: string[] = [];

describe.runIf(FULL_RUN)('gigabytes of junk', () => {
  afterAll(() => {
    process.stdout.write(`\n${told.join('\n')}\n`);
  });

  it.each([2, 4])('%d GB', { timeout: 1_800_000 }, async (gigabytes) => {
    const settings = { save: '', 'repl-diskless-sync-delay': '0' };
    const rig = await startRig({
      policy: ['    rehearsal: true'],
      sourceOptions: { settings },
      targetOptions: { settings },
    });
    const source = await wireTo(rig.source.port);
    const target = await wireTo(rig.target.port);
    try {
      await fill(rig.source.port, { keys: OWN_KEYS });
      // None of them expires while this takes its time; those that would still do, much later.
      const far = Array.from({ length: OWN_KEYS }, (_, i): Command => ['EXPIREAT', keyOf(i), FAR, 'XX']);
      await source.send(far, () => undefined);
      const before = await digest(source);
      told.push(await command(rig, 'fill', ['carts-old', `${gigabytes}gb`]));
      expect(await digest(source)).toBe(before);
      told.push(await command(rig, 'clear', ['carts-old']));
      expect(await digest(source)).toBe(before);
      expect(await source.ask(['DBSIZE'])).toBe(OWN_KEYS);

      told.push(await command(rig, 'fill', ['carts-old', `${gigabytes}gb`]));
      const startedAt = performance.now();
      await rig.type('/redis migrate carts-old carts-new');
      await rig.press('U0BEN', 'ferry.start');
      await rig.reaches('following', { deadlineMs: 900_000 });
      told.push(`migrated: in step after ${Math.round((performance.now() - startedAt) / 1_000)} s`);
      await rig.press('U0BEN', 'ferry.approve');
      await rig.reaches('watching', { deadlineMs: 300_000 });
      await rig.press('U0EVA', 'ferry.complete');
      await rig.reaches('completed');
      const moved = await digest(target);
      told.push(await command(rig, 'clear', ['carts-new']));
      expect(await digest(target)).toBe(moved);
      expect(await target.ask(['DBSIZE'])).toBe(OWN_KEYS);
    } finally {
      source.close();
      target.close();
      await rig.stop();
    }
  });
});

async function command(rig: Rig, task: 'fill' | 'clear', args: readonly string[]): Promise<string> {
  const request = parseTask(task, args);
  if ('problem' in request) throw new Error(request.problem);
  const configuration = loadConfiguration(rig.variables, { slack: false, secrets: true });
  const printed: string[] = [];
  const output = { print: (line: string) => printed.push(line), progress: () => undefined };
  await runTaskCommand(configuration, request, new AbortController().signal, output);
  return printed.join('\n');
}

/** Types, contents and expiries of every key that no fill wrote. */
async function digest(redis: WireConnection): Promise<string> {
  const names: Buffer[] = [];
  let cursor = '0';
  do {
    const page = listOf(await redis.ask(['SCAN', cursor, 'COUNT', 10_000]));
    for (const name of listOf(page[1]))
      if (Buffer.isBuffer(name) && !isFerrys(name)) names.push(Buffer.from(name));
    cursor = textOf(page[0]);
  } while (cursor !== '0');
  const hash = createHash('sha256');
  const reads = names.sort(Buffer.compare).flatMap((name): readonly Command[] => [
    ['TYPE', name],
    ['DUMP', name],
    ['PEXPIRETIME', name],
  ]);
  await redis.send(reads, (reply) => void hash.update(textOf(reply)));
  return `${names.length} keys ${hash.digest('hex')}`;
}

function isFerrys(name: Buffer): boolean {
  return name.toString('latin1').startsWith('ferry:');
}
