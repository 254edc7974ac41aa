// A step that fails again and again is not waited out in silence (I13).

import { expect, it } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import { startRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

it('I13 what stands in the way is told, with a question', async () => {
  const rig = await startRig({
    ferry: {
      alter: (workflow) => ({
        ...workflow,
        servers: {
          ...workflow.servers,
          survey: () => Promise.reject(new FerryError('odd', 'carts-old answers in riddles.')),
        },
        // Thirty tries take half a minute; here they take two seconds.
        clock: { ...workflow.clock, sleep: (ms, signal) => workflow.clock.sleep(ms / 15, signal) },
      }),
    },
  });
  try {
    await rig.type('/redis migrate carts-old carts-new');
    const stuck = await rig.reaches('needs-human');
    expect(stuck.state.phase === 'needs-human' && stuck.state.facts).toContain(
      'carts-old answers in riddles.',
    );
    await until(() => rig.thread().some((message) => message.text.includes('does not get on')), {
      what: 'the thread asks',
      deadlineMs: 20_000,
    });
    await rig.press('U0BEN', 'ferry.answer.abort');
    await rig.reaches('aborted');
  } finally {
    await rig.stop();
  }
});
