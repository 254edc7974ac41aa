// The shape of a check: a pure function from the facts of a pair to one finding. It never asks a server.
// Here too: how a side that could not be read, or a fact that is unknown, becomes a finding (I10).

import type { Finding, Severity } from '../finding.ts';
import type { Side } from '../instance.ts';
import { otherSide, SIDES } from '../instance.ts';
import type { Pair } from '../migration.ts';
import type { Policy } from '../policy.ts';
import type { ServerFacts, SurveyFacts } from '../survey-facts.ts';

export interface CheckContext {
  readonly pair: Pair;
  readonly pairIndex: number;
  readonly facts: SurveyFacts;
  /** Of the source's environment. */
  readonly policy: Policy;
  readonly scratch: Scratch;
}

/** May the target be overwritten by a rehearsal? `no`: it is none. */
export type Scratch = 'no' | 'allowed' | 'forbidden';

export type Check = (context: CheckContext) => Finding;

export interface Verdict {
  readonly severity: Severity;
  readonly message: string;
  readonly hint: string;
}

export function ok(message: string): Verdict {
  return { severity: 'ok', message, hint: '' };
}

export function warning(message: string, hint: string): Verdict {
  return { severity: 'warning', message, hint };
}

export function confirm(message: string, hint: string): Verdict {
  return { severity: 'confirm', message, hint };
}

export function blocker(message: string, hint: string): Verdict {
  return { severity: 'blocker', message, hint };
}

/** A fact that could not be read: a person decides, it is never fine (I10). */
export function unknown(message: string, hint = 'Look at it yourself before you start.'): Verdict {
  return confirm(message, hint);
}

/** One server of the pair as a check sees it. */
export interface Seen {
  readonly side: Side;
  readonly name: string;
  readonly otherName: string;
  readonly facts: ServerFacts;
}

/** A check that reads one server. */
export function checkSide(name: string, title: string, side: Side, judge: (seen: Seen) => Verdict): Check {
  return (context) => ({ check: name, title, ...judgeSide(context, side, judge) });
}

/** A check that reads each server for itself; one finding, as severe as the worse of the two. */
export function checkEach(name: string, title: string, judge: (seen: Seen) => Verdict): Check {
  return (context) => ({
    check: name,
    title,
    ...join(SIDES.map((side) => judgeSide(context, side, judge))),
  });
}

/** A check that needs both servers at once. */
export function checkPair(
  name: string,
  title: string,
  judge: (source: Seen, target: Seen, context: CheckContext) => Verdict,
): Check {
  return (context) => ({
    check: name,
    title,
    ...judgeSide(context, 'source', (source) =>
      judgeSide(context, 'target', (target) => judge(source, target, context)),
    ),
  });
}

function judgeSide(context: CheckContext, side: Side, judge: (seen: Seen) => Verdict): Verdict {
  const facts = context.facts[side];
  const name = context.pair[side].name;
  if (facts.kind === 'unreachable') {
    return unknown(
      `Not looked at: ${name} could not be read.`,
      'It is checked as soon as the server can be read.',
    );
  }
  return judge({ side, name, otherName: context.pair[otherSide(side)].name, facts });
}

const WORST_FIRST: readonly Severity[] = ['blocker', 'confirm', 'warning', 'ok'];

/** The worst of several verdicts, with every sentence that is not `ok`; all of them when all are. */
export function join(verdicts: readonly Verdict[]): Verdict {
  const severity =
    WORST_FIRST.find((each) => verdicts.some((verdict) => verdict.severity === each)) ?? 'confirm';
  const told = severity === 'ok' ? verdicts : verdicts.filter((verdict) => verdict.severity !== 'ok');
  const sentences = (texts: readonly string[]): string =>
    [...new Set(texts.filter((text) => text !== ''))].join(' ');
  return {
    severity,
    message: sentences(told.map((verdict) => verdict.message)),
    hint: sentences(told.map((verdict) => verdict.hint)),
  };
}
