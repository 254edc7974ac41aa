// "Following" is proved, not believed: a link that says "up" while nothing arrives is found within 15 seconds,
// by offsets and by canaries, while the migration follows and while it syncs.

import { expect, it, onTestFinished } from 'vitest';
import { compareVersions } from '../../src/migration/capabilities.ts';
import { type Address, ask } from '../../src/sandbox/load/resp.ts';
import type { Workflow } from '../../src/workflow/workflow.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type HeldLink, heldLink } from '../support/held-link.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import { type PingingLink, pingingLink } from '../support/pinging-link.ts';
import { binaryOf, versions } from '../support/servers.ts';
import { until } from '../support/until.ts';

const WITHIN_MS = 150_000;
/** Said within 15 s; the rest is for a busy machine. */
const SAID_WITHIN_MS = 25_000;
const SILENT = /^the link says up, but nothing has arrived for \d+ s$/;

/** Waits until the thread is told that nothing arrives; gives the words. */
function toldSilent(pair: LoadedPair, uid: string): Promise<string> {
  return until(
    async () =>
      (await pair.said(uid)).flatMap((body) =>
        body.kind === 'fell-behind' && SILENT.test(body.reason) ? [body.reason] : [],
      )[0],
    { what: 'the thread is told that nothing arrives', deadlineMs: SAID_WITHIN_MS },
  );
}

async function linkOf(server: Address): Promise<string | undefined> {
  const [text] = await ask(server, [['INFO']]);
  return /^master_link_status:(\w+)/m.exec(String(text))?.[1];
}

it('I10 a stream that stops while the link is up ends following, and goes on', {
  timeout: WITHIN_MS,
}, async () => {
  const links: HeldLink[] = [];
  const pair = await startLoadedPair({
    source: 'redis-7.0',
    target: 'redis-8.0',
    sourceSeenAt: async (port) => {
      links.push(await heldLink(port));
      return links[0]?.port ?? 0;
    },
  });
  onTestFinished(() => pair.stop());
  const uid = await pair.follow();
  links[0]?.hold();
  await toldSilent(pair, uid);
  expect(await linkOf(pair.at.new)).toBe('up');
  expect((await pair.record(uid)).state.phase).toBe('syncing');
  links[0]?.letGo();
  await pair.asked(uid);
});

it.runIf(FULL_RUN)('I10 the pings of the source are no proof', { timeout: WITHIN_MS }, async () => {
  const links: PingingLink[] = [];
  const pair = await startLoadedPair({
    source: 'redis-7.0',
    target: 'redis-8.0',
    sourceSeenAt: async (port) => {
      links.push(await pingingLink(port));
      return links[0]?.port ?? 0;
    },
  });
  onTestFinished(() => pair.stop());
  const uid = await pair.follow();
  links[0]?.loseAllButPings();
  await toldSilent(pair, uid);
  expect(await linkOf(pair.at.new)).toBe('up');
});

/** Servers whose stream has inline commands. */
const OLDEST = versions().filter((id) => compareVersions(binaryOf(id).version, '2.8') < 0);

for (const source of OLDEST) {
  it(`I10 inline commands of ${source} that are taken for damage are found out`, {
    timeout: WITHIN_MS,
  }, async () => {
    const pair = await startLoadedPair({ source, target: 'redis-7.0', alter: withoutRelay });
    onTestFinished(() => pair.stop());
    const uid = await pair.plan();
    await pair.wish(uid, 'start-requested');
    // Outside of database 0, so that 2.6 sends an inline SELECT, too.
    const writes = setInterval(() => {
      ask(pair.at.old, [
        ['SELECT', '3'],
        ['SET', 'written', String(Date.now())],
      ]).catch(() => undefined);
    }, 200);
    onTestFinished(() => clearInterval(writes));
    await toldSilent(pair, uid);
    expect(await linkOf(pair.at.new)).toBe('up');
    await pair.wish(uid, 'abort-requested');
    await pair.reaches(uid, 'aborted');
  });
}

/** As if nobody knew that this needs a relay. */
function withoutRelay(workflow: Workflow): Workflow {
  return { ...workflow, replication: { ...workflow.replication, open: () => Promise.resolve(null) } };
}
