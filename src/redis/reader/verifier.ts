// Compares the data of a pair while it is in use: counts, or a sample of keys by type, value and expiry.
// Reads only, within a budget on the source (I11). Rejects rather than guess: a result it gives was measured (I10).

import { randomBytes } from 'node:crypto';
import { capabilitiesOf } from '../../migration/capabilities.ts';
import { FerryError } from '../../migration/errors.ts';
import type { Identity } from '../../migration/instance.ts';
import type { Pair } from '../../migration/migration.ts';
import type { VerificationResult } from '../../migration/verification.ts';
import type { Clock, Logger, Secrets, Verifier } from '../../workflow/ports.ts';
import { identityOf } from '../info.ts';
import type { WireConnection } from '../wire/connection.ts';
import { openInstance } from '../wire/open-instance.ts';
import { countKeys, type KeysByDb, settleCounts, sumOf } from './counts.ts';
import { createKeySet, drawKeys, listKeys, shares } from './draw.ts';
import { BY_TIME_LEFT, EXACT_EXPIRY, type ExpiryRules, WITH_DRIFT } from './fingerprint.ts';
import { createInStep, readInfo } from './in-step.ts';
import { createPace, type Pace } from './pace.ts';
import { type Compared, compareOnce, SLICE_KEYS, settle, slices } from './settle.ts';
import { createSideReader } from './side.ts';
import { createTally, type Found } from './tally.ts';
import { DEFAULT_SCAN_LIMITS } from './value-scan.ts';

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
/** Keys drawn on the target in addition, to find those that only it has. */
const TARGET_SHARE = 0.25;
const PROGRESS_EVERY_MS = 1_000;
/** The target reads along with the source, and serves nobody yet. */
const UNPACED: Pace = { spend: async () => undefined };
const CONNECTION_NAME = 'ferry:verify';

type VerifyOptions = Parameters<Verifier['verify']>[2];

/** Level `full` runs as a sample for now; the result's `level` says what really ran. */
export function createVerifier(options: VerifierOptions): Verifier {
  return {
    async verify(pair, level, { signal, onProgress }) {
      const startedAt = options.clock.now();
      const connections: WireConnection[] = [];
      const end = (): void => {
        for (const connection of connections) connection.close(aborted());
      };
      signal.addEventListener('abort', end);
      try {
        for (const instance of [pair.source, pair.target]) {
          signal.throwIfAborted();
          connections.push(await openInstance(instance, options.secrets, { name: CONNECTION_NAME }));
        }
        signal.throwIfAborted();
        const [source, target] = connections;
        if (source === undefined || target === undefined) throw aborted();
        const run = { options, pair, source, target, signal, onProgress };
        const result = await (level === 'counts' ? compareCounts(run) : compareSample(run));
        const finishedAt = options.clock.now();
        const { comparedKeys, differenceCount, unsettledCount } = result;
        options.logger.info(
          {
            level: result.level,
            comparedKeys,
            differenceCount,
            unsettledCount,
            tookMs: finishedAt - startedAt,
          },
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

interface Run {
  readonly options: VerifierOptions;
  readonly pair: Pair;
  readonly source: WireConnection;
  readonly target: WireConnection;
  readonly signal: AbortSignal;
  readonly onProgress: VerifyOptions['onProgress'];
}

type Untimed = Omit<VerificationResult, 'startedAt' | 'finishedAt'>;

async function compareCounts({ options: { clock }, source, target, signal }: Run): Promise<Untimed> {
  const inStep = createInStep(source, target, clock, signal);
  const counts = await settleCounts(source, target, inStep, clock, signal);
  return {
    ...createTally().found,
    ...counts,
    level: 'counts',
    differenceCount: counts.differences.length,
  };
}

async function compareSample(run: Run): Promise<Untimed> {
  const { options, source, target, signal } = run;
  const { clock } = options;
  const inStep = createInStep(source, target, clock, signal);
  await inStep.wait();
  const pace = createPace(clock, options.keysPerSecond ?? KEYS_PER_SECOND, signal);
  const compared = await prepare(run, pace, inStep);
  const drawn = await chooseKeys(run, pace);
  const total = [...drawn.values()].reduce((sum, keys) => sum + keys.length, 0);
  const report = progress(run, total);
  report(0);
  for (const [db, keys] of drawn) {
    await Promise.all([compared.source.select(db), compared.target.select(db)]);
    const again: Buffer[] = [];
    for (const slice of slices(keys, SLICE_KEYS)) {
      const open = await compareOnce(compared, db, slice);
      again.push(...open);
      report(slice.length - open.length);
    }
    await settle(compared, db, again);
    report(again.length);
  }
  const found: Found = compared.tally.found;
  const { sourceKeys, targetKeys } = await settleCounts(source, target, inStep, clock, signal);
  return { ...found, level: 'sample', sourceKeys, targetKeys };
}

/** Readers of both sides, by what both of them can. */
async function prepare(run: Run, pace: Pace, inStep: Compared['inStep']): Promise<Compared> {
  const { options, source, target, signal } = run;
  const [here, there] = await Promise.all([greet(source), greet(target)]);
  const rules = expiryRules(here, there);
  const common = {
    limits: { ...DEFAULT_SCAN_LIMITS, salt: randomBytes(16) },
    exactExpiry: rules === EXACT_EXPIRY,
    sameVersion: here.product === there.product && here.version === there.version,
  };
  return {
    source: createSideReader({ ...common, connection: source, pace }),
    target: createSideReader({ ...common, connection: target, pace: UNPACED }),
    rules,
    inStep,
    tally: createTally(),
    clock: options.clock,
    signal,
  };
}

async function greet(connection: WireConnection): Promise<Identity> {
  const identity = identityOf(await readInfo(connection, 'server'));
  if (capabilitiesOf(identity).can('client-no-touch')) {
    // Reading must not make keys look used to the eviction. Where it is refused, the reading goes on without.
    await connection.send([['CLIENT', 'NO-TOUCH', 'ON']], () => undefined);
  }
  return identity;
}

function expiryRules(source: Identity, target: Identity): ExpiryRules {
  if (!capabilitiesOf(source).can('expiretime')) return WITH_DRIFT;
  return capabilitiesOf(target).can('expiretime') ? EXACT_EXPIRY : BY_TIME_LEFT;
}

/** By database. What fits into a sample is taken as a whole from both sides. */
async function chooseKeys(run: Run, pace: Pace): Promise<ReadonlyMap<number, readonly Buffer[]>> {
  const { options, source, target } = run;
  const sampleKeys = options.sampleKeys ?? SAMPLE_KEYS;
  const here = await countKeys(source);
  const there = await countKeys(target);
  const chosen = new Map<number, ReturnType<typeof createKeySet>>();
  const choose = async (
    connection: WireConnection,
    keysByDb: KeysByDb,
    wanted: number,
    spending: Pace,
  ): Promise<void> => {
    const whole = sumOf(keysByDb) <= sampleKeys;
    for (const [db, share] of shares(keysByDb, wanted)) {
      const keys = chosen.get(db) ?? createKeySet();
      chosen.set(db, keys);
      await connection.ask(['SELECT', db]);
      if (whole) await listKeys(connection, keys, keys.size + sampleKeys, spending);
      else await drawKeys(connection, keys, share, options.random, spending);
    }
  };
  await choose(source, here, sampleKeys, pace);
  await choose(target, there, Math.ceil(sampleKeys * TARGET_SHARE), UNPACED);
  return new Map([...chosen].map(([db, keys]) => [db, keys.list()]));
}

/** Adds to what is compared, and tells it at most once a second. */
function progress({ options: { clock }, onProgress }: Run, totalKeys: number): (keys: number) => void {
  let comparedKeys = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return (keys) => {
    comparedKeys += keys;
    const now = clock.monotonicMs();
    if (now - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = now;
    onProgress(comparedKeys, totalKeys);
  };
}

function aborted(): FerryError {
  return new FerryError('aborted', 'The verification was called off.');
}
