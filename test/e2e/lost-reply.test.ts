// I8: the answer to one act or one record of a cutover under load is lost. The act happened, and Ferry cannot
// know; it looks at the roles, sends nothing twice, and the attempt ends as if the worker had died there.

import { expect, it } from 'vitest';
import { type End, follow, startLoadedRig } from '../support/cutover-under-load.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type LossyProxy, lossyProxy } from '../support/lossy-proxy.ts';
import { idOfRelease } from '../support/servers.ts';
import { until } from '../support/until.ts';

interface LostReply {
  readonly to: string;
  readonly at: 'source' | 'target' | 'own';
  /** As it goes over the wire. */
  readonly text: string;
  /** Every end that is right. */
  readonly ends: readonly End[];
  /** It must be sent exactly once in the whole attempt; a record may be sent again, with its token. */
  readonly once: boolean;
  readonly sampled: boolean;
}

const DEMOTION: LostReply = {
  to: 'the demotion',
  at: 'source',
  text: 'REPLICAOF\r\n$9\r\n127.0.0.1',
  // The roles show that it happened: it may go on while there is time.
  ends: ['undone', 'promoted'],
  once: true,
  sampled: true,
};
const PROMOTION: LostReply = {
  to: 'the promotion',
  at: 'target',
  text: 'REPLICAOF\r\n$2\r\nNO',
  ends: ['promoted'],
  once: true,
  sampled: true,
};

const PAUSED: readonly LostReply[] = [
  {
    to: 'the fence',
    at: 'source',
    text: 'PAUSE\r\n$4\r\n1500',
    ends: ['undone'],
    once: true,
    sampled: false,
  },
  DEMOTION,
  PROMOTION,
  { to: 'the lift', at: 'source', text: 'UNPAUSE', ends: ['promoted'], once: false, sampled: false },
];

/** Its users lose their rights; they get them back once it follows. */
const WITHOUT_RIGHTS: readonly LostReply[] = [
  { to: 'the fence', at: 'source', text: '-@write', ends: ['undone'], once: true, sampled: true },
  { ...DEMOTION, sampled: false },
  {
    to: 'the lift',
    at: 'source',
    text: 'SETUSER\r\n$7\r\ndefault\r\n$5\r\n+@all',
    ends: ['undone', 'promoted'],
    once: false,
    sampled: false,
  },
  { ...PROMOTION, sampled: false },
];

/** Ferry's password holds it until it is set aside. */
const UNDER_PASSWORD: readonly LostReply[] = [
  {
    to: 'the fence',
    at: 'source',
    text: 'requirepass\r\n$64',
    ends: ['undone'],
    once: true,
    sampled: false,
  },
  {
    to: 'setting it aside',
    at: 'source',
    text: 'SLAVEOF\r\n$9\r\n127.0.0.1\r\n$1\r\n1\r\n',
    ends: ['promoted'],
    once: true,
    sampled: false,
  },
  {
    to: 'the lift',
    at: 'source',
    text: 'requirepass\r\n$0',
    ends: ['promoted'],
    once: false,
    sampled: false,
  },
  { ...PROMOTION, sampled: false },
];

const RECORDS: readonly LostReply[] = (
  [
    ['"step":"fencing"', ['undone']],
    ['"step":"demoting"', ['undone']],
    ['"step":"promoting"', ['promoted']],
    ['"phase":"watching"', ['promoted']],
  ] as const
).map(([text, ends]) => ({
  to: `the record ${text.replaceAll('"', '')}`,
  at: 'own',
  text,
  ends,
  once: false,
  sampled: text.includes('promoting'),
}));

/** What is lost towards redis-8.0, by the release of the source. */
const MOVES = [
  { release: '7.0', lost: [...PAUSED, ...RECORDS] },
  { release: '6.0', lost: WITHOUT_RIGHTS },
  { release: '2.8', lost: UNDER_PASSWORD },
];

const CASES = MOVES.flatMap(({ release, lost }) => {
  const source = idOfRelease(release);
  if (source === undefined) return [];
  return (['cut', 'silent'] as const).flatMap((how) => lost.map((each) => ({ ...each, how, source })));
});
const RUN = FULL_RUN ? CASES : CASES.filter(({ sampled, how }) => sampled && how === 'cut');

for (const lost of RUN) {
  it(`I1 I2 I3 I8 ${lost.source}: the answer to ${lost.to} is lost (${lost.how})`, {
    timeout: 240_000,
  }, async () => {
    const proxies = new Map<string, LossyProxy>();
    const rig = await startLoadedRig({
      source: lost.source,
      reach: async (server, port) => {
        const proxy = await lossyProxy(port);
        proxies.set(server, proxy);
        return proxy.port;
      },
    });
    try {
      await follow(rig);
      const proxy = proxies.get(lost.at);
      if (proxy === undefined) throw new Error('there is no proxy');
      const before = proxy.passed(lost.text);
      proxy.loseAnswerTo(lost.text, { times: 1, how: lost.how });
      await rig.approve();
      await until(() => proxy.lost === 1, { what: 'the answer is lost', deadlineMs: 30_000 });
      const end = await rig.ends();
      expect(lost.ends).toContain(end);
      if (lost.once) expect(proxy.passed(lost.text) - before).toBe(1);
      await rig.settles(end);
    } catch (error) {
      process.stderr.write(`${rig.log().split('\n').slice(-60).join('\n')}\n`);
      throw error;
    } finally {
      await rig.stop();
    }
  });
}
