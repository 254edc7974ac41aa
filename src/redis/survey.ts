// Reads everything that the checks need of both servers of a pair, with cheap commands only (I11).
// It judges nothing, and a server that cannot be read is a fact, not an error.

import { FerryError } from '../migration/errors.ts';
import type { Side } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import type { SideFacts, SurveyFacts, UnreachableWhy } from '../migration/survey-facts.ts';
import type { Secrets } from '../workflow/ports.ts';
import { measureReach, SOURCE_REACH_NOT_MEASURED } from './survey/reach.ts';
import { readServer } from './survey/read-server.ts';

export interface SurveyOptions {
  readonly secrets: Secrets;
  /** Of the Redis that Ferry keeps its records in; null: not known, which the check then says (I6). */
  readonly ferryRunId: string | null;
}

/** Reads both servers at the same time, then tries the way from the target to the source. Never rejects. */
export async function surveyPair(pair: Pair, options: SurveyOptions): Promise<SurveyFacts> {
  const [source, target] = await Promise.all([
    readSide(pair, 'source', options),
    readSide(pair, 'target', options),
  ]);
  return {
    source,
    target,
    targetReachesSource: await measureReach(pair, source, target, options.secrets),
    sourceReachesTarget: SOURCE_REACH_NOT_MEASURED,
  };
}

async function readSide(pair: Pair, side: Side, options: SurveyOptions): Promise<SideFacts> {
  try {
    return await readServer(pair, side, options);
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { kind: 'unreachable', why: whyOf(error), detail: error.message };
  }
}

function whyOf(error: FerryError): UnreachableWhy {
  switch (error.code) {
    case 'timeout':
    case 'tls':
    case 'loading':
      return error.code;
    case 'auth-failed':
      return 'auth';
    case 'no-permission':
      return 'permission';
    case 'unreachable':
      if (/ECONNREFUSED/.test(error.message)) return 'refused';
      return /ENOTFOUND|EAI_AGAIN/.test(error.message) ? 'name' : 'other';
    default:
      return /secret|password/.test(error.code) ? 'secret' : 'other';
  }
}
