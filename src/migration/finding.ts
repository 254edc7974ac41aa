// One result of a check. Order of severity: blocker refuses, confirm needs a person, warning is told.

export type Severity = 'blocker' | 'confirm' | 'warning' | 'ok';

export interface Finding {
  /** The check's name, kebab-case, as its file: `target-keys`. */
  readonly check: string;
  readonly severity: Severity;
  /** A short title for a table cell. */
  readonly title: string;
  /** What was seen and why it matters, full sentences with numbers and units. */
  readonly message: string;
  /** What to do; empty for `ok`. */
  readonly hint: string;
}

export function count(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}
