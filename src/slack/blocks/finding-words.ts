// Findings of a survey in words: a summary in one line, and the ones that people must read.

import { count, type Finding, type Severity } from '../../migration/finding.ts';
import { type Block, clip, section, table } from './block.ts';
import { counted, more } from './figures.ts';
import { bold, prose, say, type Words } from './words.ts';

const LABELS: Readonly<Record<Severity, string>> = {
  blocker: 'Refused',
  confirm: 'Confirm',
  warning: 'Warning',
  ok: 'Fine',
};

/** `21 checks, 1 to confirm, 2 warnings`. */
export function summary(findings: readonly Finding[]): string {
  const confirm = count(findings, 'confirm');
  const warnings = count(findings, 'warning');
  const blockers = count(findings, 'blocker');
  return [
    counted(findings.length, 'check'),
    ...(blockers > 0 ? [counted(blockers, 'reason to refuse', 'reasons to refuse')] : []),
    ...(confirm > 0 ? [`${confirm} to confirm`] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ].join(', ');
}

/** Worst first; what is fine is left out. */
export function notable(findings: readonly Finding[]): readonly Finding[] {
  const order: readonly Severity[] = ['blocker', 'confirm', 'warning'];
  return order.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}

/** `limit`: characters of it. */
export function findingWords(finding: Finding, limit = 2_000): Words {
  return say`${bold(LABELS[finding.severity])}: ${prose(shortened(finding, limit))}`;
}

/** A section a finding, at most `limit` of them, each at most `chars` long. */
export function findingSections(
  findings: readonly Finding[],
  limit: number,
  chars: number,
): readonly Block[] {
  const shown = findings.slice(0, limit).map((finding) => section(findingWords(finding, chars)));
  const rest = more(findings.length, limit);
  return rest === '' ? shown : [...shown, section(say`${rest}; Details has all of them.`)];
}

/** The reasons of a refusal, numbered, each with what to do about it. */
export function reasons(findings: readonly Finding[]): readonly Words[] {
  return findings
    .filter((finding) => finding.severity === 'blocker')
    .map((finding, index) => say`(${index + 1}) ${prose(shortened(finding, 1_400))}`);
}

const LEAST_MESSAGE_CHARS = 120;

/** As much as fits, and of the two rather the hint: a command that is cut is no remedy. */
export function shortened({ message, hint }: Finding, limit: number): string {
  if (hint === '') return clip(message, limit);
  const room = Math.max(LEAST_MESSAGE_CHARS, limit - hint.length - 1);
  const kept = clip(message, room);
  return `${kept} ${clip(hint, limit - kept.length - 1)}`;
}

const MAX_ROWS = 10;

/** The check, what came of it, and why: a row for each that people must read. */
export function findingTable(findings: readonly Finding[]): readonly Block[] {
  const rows = notable(findings);
  if (rows.length === 0) return [];
  const rest = more(rows.length, MAX_ROWS);
  return [
    table([
      ['Check', 'Result', 'Why'],
      ...rows
        .slice(0, MAX_ROWS)
        .map((finding) => [finding.title, LABELS[finding.severity], prose(shortened(finding, 700))]),
    ]),
    ...(rest === '' ? [] : [section(say`${rest}; Details has all of them.`)]),
  ];
}

/** What is fine, by name. */
export function fineWords(findings: readonly Finding[]): readonly Words[] {
  const fine = findings.filter(({ severity }) => severity === 'ok').map(({ title }) => title);
  return fine.length === 0 ? [] : [say`${bold('Fine')}: ${fine.join(', ')}.`];
}
