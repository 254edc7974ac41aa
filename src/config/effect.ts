// Settings that are read and checked but change nothing yet: said at start, so that nobody relies on them.
// A setting leaves this file in the change that makes it work.

import { valueAt } from './explain.ts';

interface Pending {
  readonly key: string;
  /** Which values ask for what is not there. */
  readonly asks: (value: unknown) => boolean;
  readonly because: string;
}

const PENDING: readonly Pending[] = [
  {
    key: 'latency',
    asks: (value) => value !== undefined,
    because: 'is checked but not effective yet: latency is not measured, so it never holds a promotion.',
  },
];

/** One sentence a setting of ferry.yaml that was given and does nothing; `file` is the whole file's value. */
export function settingsWithoutEffect(file: unknown): string[] {
  const environments = valueAt(file, ['environments']);
  const names = typeof environments === 'object' && environments !== null ? Object.keys(environments) : [];
  return names.flatMap((name) =>
    PENDING.filter(({ key, asks }) => asks(valueAt(environments, [name, key]))).map(
      ({ key, because }) => `environments.${name}.${key} ${because}`,
    ),
  );
}

/** The same for variables: those given that do nothing. */
export function variablesWithoutEffect(given: { readonly metricsPort: boolean }): string[] {
  return given.metricsPort ? ['METRICS_PORT is not effective yet: there is no /metrics.'] : [];
}
