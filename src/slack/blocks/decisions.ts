// The messages that ask for a decision: each stands by itself in the thread, so that no edit moves its
// buttons under a finger; once decided it is edited to say so, and its buttons are gone.

import type { AnnouncementBody, ApprovalView } from '../../migration/announcement.ts';
import type { Answer, Migration } from '../../migration/migration.ts';
import { answerDeed } from '../../migration/phases/needs-human.ts';
import { droppedKeys, type Plan } from '../../migration/plan.ts';
import { lostByRevert } from '../../migration/way-back-words.ts';
import { actions, type Button, context, type Message, message, section } from './block.ts';
import {
  abortButtons,
  answerButton,
  approveButton,
  completeButton,
  type Decided,
  denyButton,
  detailsButton,
  holdButton,
  revertButton,
  startButton,
} from './buttons.ts';
import { counted, duration } from './figures.ts';
import { findingSections, notable, summary } from './finding-words.ts';
import { lagWords, verified } from './measured-words.ts';
import { sourceName, targetName } from './names.ts';
import { promise } from './rehearsal-words.ts';
import { clientsSee } from './route-words.ts';
import { planOf } from './steps.ts';
import { worthOf } from './verification-words.ts';
import { keptWords } from './way-back.ts';
import { anyOf, at, atMinute, bold, join, prose, say, type Words, who } from './words.ts';

type Body<K extends AnnouncementBody['kind']> = Extract<AnnouncementBody, { kind: K }>;

function decided(migration: Migration, body: { readonly round: number; readonly digest: string }): Decided {
  return { uid: migration.uid, round: body.round, digest: body.digest };
}

function buttons(migration: Migration, list: readonly Button[]) {
  return actions('ferry-decision', [...list, detailsButton(migration)]);
}

export function startAsked(migration: Migration, body: Body<'start-asked'>, number: Words): Message {
  const { plan } = body;
  const names = `${sourceName(migration)} → ${targetName(migration)}`;
  if (!body.open) {
    const text = say`${startDecided(migration)}: ${names}, plan ${short(plan.digest)}.`;
    return message(text, [section(text), context(number)]);
  }
  const drops = droppedKeys(plan);
  const { approvers } = migration.policy;
  const starters = drops > 0 ? approvers : [...new Set([migration.requestedBy, ...approvers])];
  const isRehearsal = migration.rehearsal !== null;
  const question = isRehearsal
    ? `Start the rehearsal ${migration.id}: ${names}?`
    : `Start ${migration.id}: ${names}?`;
  const text = say`${bold(question)} ${isRehearsal ? `${promise(migration)} ` : ''}${
    drops > 0 ? `${counted(drops, 'key')} on ${targetName(migration)} will be deleted. ` : ''
  }${summary(plan.findings)}. Predicted fence under ${duration(plan.predictedFenceMs)} (${clientsSee(plan)}). ${anyOf(
    starters,
  )} can start it.`;
  const start = startButton(migration, decided(migration, body), plan);
  return message(text, [
    section(text),
    ...findingSections(
      notable(plan.findings).filter((finding) => finding.severity === 'confirm'),
      5,
      700,
    ),
    context(number),
    ...buttons(migration, [start, ...abortButtons(migration)]),
  ]);
}

/** Who decided it, as far as the record still says so. */
function startDecided(migration: Migration): Words {
  const { id, state } = migration;
  if ('startedBy' in state && state.startedBy !== null) return say`${who(state.startedBy)} started ${id}`;
  if (state.phase === 'aborting' || state.phase === 'aborted') return say`${who(state.by)} aborted ${id}`;
  return say`This Start of ${id} is no longer open`;
}

export function approval(migration: Migration, view: ApprovalView, number: Words): Message {
  const title = bold(
    `Approve promotion of ${migration.id}: ${sourceName(migration)} → ${targetName(migration)}`,
  );
  const so = approvalState(migration, view);
  const text = say`${title}. ${so}`;
  const stands = say`Stands on: ${standsOn(migration, view)}. ${worthOf(view.verification)}`;
  return message(say`${text} ${view.state === 'open' ? stands : []}`, [
    section(text),
    section(stands),
    context(number),
    ...buttons(migration, approvalButtons(migration, view)),
  ]);
}

/** `plan 9f3c, 312 bytes behind (2.0 ms), sample of 20,000 keys equal at 14:05, …`. */
function standsOn(migration: Migration, view: ApprovalView): Words {
  const plan = planOf(migration.state);
  const lag = view.lag === null ? 'lag not measured' : lagWords(view.lag);
  return join(
    [
      say`plan ${short(view.planDigest)}`,
      say`${lag}`,
      verified(view.verification),
      say`${latencyOf(view)}`,
      say`predicted fence under ${duration(view.predictedFenceMs)}${plan === null ? '' : ` (${clientsSee(plan)})`}`,
      wayBackOf(view, plan),
    ],
    ', ',
  );
}

/** `latency steady`; the card and the incident say why where it is not. */
function latencyOf({ latency }: ApprovalView): string {
  return latency === 'unknown' ? 'latency not known' : `latency ${latency}`;
}

/** What people must know before they click: where there is no Revert, or where it would lose something. */
function wayBackOf(view: ApprovalView, plan: Plan | null): Words {
  if (!view.wayBack.possible) {
    return say`way back: none, ${prose(view.wayBack.why)}; after the promotion there is no Revert`;
  }
  const lost = plan === null ? '' : lostByRevert(plan);
  return lost === '' ? say`way back open` : say`way back open, but a revert loses writes by ${lost}`;
}

function approvalState(migration: Migration, view: ApprovalView): Words {
  const given = join(
    view.approvals.map((approved) => say`${who(approved.user)} ${at(approved.at)}`),
    ', ',
  );
  switch (view.state) {
    case 'open': {
      const left = Math.max(0, view.needed - view.approvals.length);
      const so = view.approvals.length === 0 ? [] : say`Approved by ${given}. `;
      const not = view.not === null ? [] : say`, not ${who(view.not)}`;
      const expiry = view.expiresAt === null ? [] : say` Expires ${atMinute(view.expiresAt)}.`;
      const people = join(
        view.approvers.map((id) => say`${who(id)}`),
        ', ',
      );
      return say`${so}${people}: ${left} ${view.approvals.length > 0 ? 'more ' : ''}of you${not}.${expiry}`;
    }
    case 'counting-down':
      return view.cutoverAt === null
        ? say`Approved by ${given}. Cutting over.`
        : say`Approved by ${given}. Cutting over at ${at(view.cutoverAt)}.`;
    case 'cutting-over':
      return say`Approved by ${given}. The cutover has begun; the messages below say how it went.`;
    case 'withdrawn':
      return say`Withdrawn; the message below says why. ${migration.id} asks anew after the next comparison of the data.`;
    case 'spent':
      return say`Approved by ${given}. This approval is used up.`;
  }
}

function approvalButtons(migration: Migration, view: ApprovalView): readonly Button[] {
  const about = decided(migration, view);
  if (view.state === 'open') return [approveButton(about), denyButton(about)];
  return view.state === 'counting-down' ? [holdButton(about)] : [];
}

export function watching(migration: Migration, body: Body<'watching'>, number: Words): Message {
  const source = sourceName(migration);
  const target = targetName(migration);
  if (!body.open) {
    const text = watchDecided(migration);
    return message(text, [section(text), context(number)]);
  }
  const open = body.wayBack.state === 'open';
  const kept = keptWords(migration);
  const way =
    body.wayBack.state === 'open'
      ? say`${bold('Revert')} gives the writes back to ${source}${kept}.`
      : say`There is no way back: ${prose(body.wayBack.why)}.`;
  const end =
    body.until === Number.MAX_SAFE_INTEGER
      ? say`The window has ended; nothing happens by itself.`
      : body.atEnd === 'complete'
        ? say`At ${atMinute(body.until)} Ferry completes it.`
        : say`The window ends at ${atMinute(body.until)}.`;
  const text = say`${bold(`${migration.id}: writes go to ${target}`)}. ${way} ${bold(
    'Complete',
  )} closes the way back: ${source} stays read-only with its data. ${end}`;
  const about = decided(migration, body);
  const revert = open ? [revertButton(migration, about)] : [];
  return message(text, [
    section(text),
    context(number),
    ...buttons(migration, [...revert, completeButton(migration, about)]),
  ]);
}

function watchDecided(migration: Migration): Words {
  const { id, state } = migration;
  if (state.phase === 'completed') return say`${who(state.by)} completed ${id}.`;
  if (state.phase === 'reverting' || state.phase === 'reverted') {
    return say`${who(state.by)} chose Revert for ${id}.`;
  }
  if (state.phase !== 'watching') return say`Revert or Complete of ${id} is no longer open here.`;
  if (state.byHand !== null) return say`${who(state.byHand.by)} ends ${id}.`;
  if (state.closing !== null) return say`${who(state.closing.by)} completed ${id}.`;
  if (state.revertBy !== null) return say`${who(state.revertBy)} chose Revert for ${id}.`;
  return say`The way back of ${id} changed, so this question no longer stands; the next one is below.`;
}

export function needsHuman(migration: Migration, body: Body<'needs-human'>, number: Words): Message {
  const question = say`${bold(`${migration.id} needs you.`)} ${prose(body.question)}`;
  if (!body.open) {
    const text = say`${question} (answered)`;
    return message(text, [section(text), context(number)]);
  }
  const known = body.facts.map((fact) => say`• ${prose(fact)}`);
  const effects = body.answers.map((answer) => say`${bold(answer.label)}: ${prose(answer.effect)}`);
  const people = [...migration.policy.operators, ...migration.policy.approvers];
  const may = join(
    [say`${anyOf([...new Set(people)])} can answer.`, ...endings(migration, body.answers)],
    ' ',
  );
  const about = decided(migration, body);
  return message(say`${question} ${may}`, [
    section(question),
    ...(known.length === 0 ? [] : [section(join(known, '\n'))]),
    ...(effects.length === 0 ? [] : [section(join(effects, '\n'))]),
    section(may),
    context(number),
    ...buttons(
      migration,
      body.answers.map((answer) => answerButton(migration, about, answer)),
    ),
  ]);
}

/** Answers that end what was promoted take an approver, where others may answer as well. */
function endings({ state, policy }: Migration, answers: readonly Answer[]): readonly Words[] {
  if (state.phase !== 'needs-human' || policy.operators.length === 0) return [];
  const ending = answers.filter(({ id }) => answerDeed(state, id) !== 'answer');
  if (ending.length === 0) return [];
  const labels = join(
    ending.map(({ label }) => say`${bold(label)}`),
    ', ',
  );
  return [say`${labels}: only ${anyOf(policy.approvers)}.`];
}

/** A digest as people compare it. */
export function short(digest: string): string {
  return digest.slice(0, 4);
}
