// I2: proof that the accounting can fail. The target is behind when the fence begins; a workflow that does not
// wait for it loses acknowledged writes and is found out, the true one loses nothing in the very same scene.

import { expect, it } from 'vitest';
import type { ControlConnection } from '../../src/workflow/ports.ts';
import type { Workflow } from '../../src/workflow/workflow.ts';
import { follow, type LoadedRig, startLoadedRig } from '../support/cutover-under-load.ts';
import { heldLink } from '../support/held-link.ts';
import { until } from '../support/until.ts';

/** Acknowledged by the source, and on their way when the fence begins. */
const UNDERWAY = 100;

interface Scene {
  readonly alter?: (workflow: Workflow) => Workflow;
  /** When the link lets go again, after the fence; null: not before the cutover has ended. */
  readonly letGoAfterMs: number | null;
}

/** The target stops receiving just before the fence; `judge` looks at the end. */
async function behindAtTheFence(scene: Scene, judge: (rig: LoadedRig) => Promise<void>): Promise<void> {
  let release: () => void = () => undefined;
  let hold: () => void = () => undefined;
  let isHeld = false;
  const rig = await startLoadedRig({
    link: async (port) => {
      const link = await heldLink(port);
      hold = () => link.hold();
      release = () => link.letGo();
      return link.port;
    },
    ferry: {
      ...(scene.alter === undefined ? {} : { alter: scene.alter }),
      trace: {
        async at(moment, act) {
          if (act !== 'fence:source') return;
          if (moment === 'after' && scene.letGoAfterMs !== null) setTimeout(release, scene.letGoAfterMs);
          if (moment === 'after' || isHeld) return;
          isHeld = true;
          hold();
          const { acknowledged } = await rig.load.figures();
          await until(async () => (await rig.load.figures()).acknowledged > acknowledged + UNDERWAY, {
            what: 'writes that the target does not have',
          });
        },
      },
    },
  });
  try {
    await follow(rig);
    await rig.approve();
    await until(() => isHeld, { what: 'the cutover begins', deadlineMs: 30_000 });
    await judge(rig);
  } catch (error) {
    process.stderr.write(`${rig.log().split('\n').slice(-40).join('\n')}\n`);
    throw error;
  } finally {
    release();
    await rig.stop();
  }
}

/** Says of every server that it has everything. */
const withoutDrain = (workflow: Workflow): Workflow => ({
  ...workflow,
  servers: {
    ...workflow.servers,
    async control(...asked) {
      const control = await workflow.servers.control(...asked);
      return control === null ? null : sayingArrived(control);
    },
  },
});

function sayingArrived(control: ControlConnection): ControlConnection {
  return new Proxy(control, {
    get: (target, name) =>
      name === 'reached'
        ? async () => ({ reached: true, offset: Number.MAX_SAFE_INTEGER })
        : Reflect.get(target, name, target),
  });
}

const TIMEOUT = { timeout: 240_000 };

it('I2 a cutover that skips the drain loses writes, and the accounting names them', TIMEOUT, async () => {
  await behindAtTheFence({ alter: withoutDrain, letGoAfterMs: null }, async (rig) => {
    expect(await rig.ends()).toBe('promoted');
    await until(async () => (await rig.load.figures()).byNew > UNDERWAY, { what: 'writes at the new side' });
    await rig.load.stop();
    const account = await rig.load.account({ host: rig.target.host, port: rig.target.port });
    expect(account.lost).toBeGreaterThanOrEqual(UNDERWAY);
    expect(account.lostExamples.length).toBeGreaterThan(0);
  });
});

it(
  'I2 the same with the drain: what is not there in time is waited for in vain, and undone',
  TIMEOUT,
  async () => {
    await behindAtTheFence({ letGoAfterMs: null }, async (rig) => {
      expect(await rig.ends()).toBe('undone');
      expect((await rig.settles('undone')).lost).toBe(0);
    });
  },
);

it(
  'I2 the same with the drain: what arrives under the fence is waited for, then promoted',
  TIMEOUT,
  async () => {
    await behindAtTheFence({ letGoAfterMs: 200 }, async (rig) => {
      expect(await rig.ends()).toBe('promoted');
      expect((await rig.settles('promoted')).lost).toBe(0);
    });
  },
);
