// Compares the data of a pair while it is in use: counts, a sample, or every key, by type, value and expiry.
// Reads only, within a budget on the source (I11). Rejects rather than guess: a result it gives was measured (I10).

import { FerryError } from '../../migration/errors.ts';
import type { VerificationLevel } from '../../migration/policy.ts';
import type { Clock, Logger, Secrets, Verifier } from '../../workflow/ports.ts';
import type { WireConnection } from '../wire/connection.ts';
import { openInstance } from '../wire/open-instance.ts';
import { settleCounts } from './counts.ts';
import { compareFull } from './full.ts';
import { createInStep } from './in-step.ts';
import { meet, type Peer } from './peer.ts';
import { type Both, basisOf, type Run, type Untimed } from './run.ts';
import { compareSample } from './sample.ts';
import { createTally } from './tally.ts';

export interface VerifierOptions {
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly clock: Clock;
  /** 0 to 1; which keys are drawn. */
  readonly random: () => number;
  /** What the source is asked for at most. Default 20,000. */
  readonly keysPerSecond?: number;
  /** How many keys a sample draws on the source; a data set up to this size is compared as a whole. Default 20,000. */
  readonly sampleKeys?: number;
}

const KEYS_PER_SECOND = 20_000;
const SAMPLE_KEYS = 20_000;
const CONNECTION_NAME = 'ferry:verify';

export function createVerifier(options: VerifierOptions): Verifier {
  const { secrets, logger, clock, random } = options;
  return {
    async verify(pair, level, { pace, signal, onProgress }) {
      const startedAt = clock.now();
      const connections: WireConnection[] = [];
      const end = (): void => {
        for (const connection of connections) connection.close(aborted());
      };
      signal.addEventListener('abort', end);
      const connect = async (): Promise<Both> => {
        const peers: Peer[] = [];
        for (const instance of [pair.source, pair.target]) {
          signal.throwIfAborted();
          const connection = await openInstance(instance, secrets, { name: CONNECTION_NAME });
          connections.push(connection);
          signal.throwIfAborted();
          peers.push(await meet(connection));
        }
        const [source, target] = peers;
        if (source === undefined || target === undefined) throw aborted();
        return { source, target };
      };
      const { keysPerSecond = KEYS_PER_SECOND, sampleKeys = SAMPLE_KEYS } = options;
      try {
        const both = await connect();
        const common = { clock, random, keysPerSecond, sampleKeys, pace, signal, onProgress, connect };
        const result = await compare({ ...both, ...common }, level);
        const finishedAt = clock.now();
        const { basis, comparedKeys, differenceCount, unsettledCount } = result;
        const tookMs = finishedAt - startedAt;
        logger.info(
          { level, basis, comparedKeys, differenceCount, unsettledCount, tookMs },
          'compared the data of a pair',
        );
        return { ...result, startedAt, finishedAt };
      } catch (error) {
        throw signal.aborted ? aborted() : error;
      } finally {
        signal.removeEventListener('abort', end);
        end();
      }
    },
  };
}

function compare(run: Run, level: VerificationLevel): Promise<Untimed> {
  switch (level) {
    case 'counts':
      return compareCounts(run);
    case 'sample':
      return compareSample(run, level);
    case 'full':
      // Nobody can walk servers without SCAN: what they give at random is all there is to compare.
      return basisOf(run) === 'drawn' ? compareSample(run, level) : compareFull(run);
  }
}

async function compareCounts({ source, target, clock, signal }: Run): Promise<Untimed> {
  const inStep = createInStep(source, target, clock, signal);
  const counts = await settleCounts(source, target, inStep, clock, signal);
  return {
    ...createTally().found,
    ...counts,
    level: 'counts',
    basis: 'counts',
    differenceCount: counts.differences.length,
  };
}

function aborted(): FerryError {
  return new FerryError('aborted', 'The verification was called off.');
}
