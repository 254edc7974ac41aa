// Who can follow whom, as it was measured on real servers: the yardstick for the version paths and the matrix.
// Rows follow from source to target, releases in the order of the columns.

/** `ok*`: it follows, but lacks commands of the source. `breaks`: link up, and nothing arrives any more. */
export type Measured = 'ok' | 'ok*' | 'breaks' | 'no';

export const RELEASES = [
  'redis-2.4',
  'redis-2.6',
  'redis-2.8',
  'redis-3.2',
  'redis-4.0',
  'redis-5.0',
  'redis-6.0',
  'redis-6.2',
  'redis-7.0',
  'redis-7.2',
  'redis-7.4',
  'redis-8.0',
  'valkey-8.0',
  'valkey-9.1',
] as const;

export type Release = (typeof RELEASES)[number];

/** `+` ok, `*` ok*, `b` breaks, `-` no. Valkey 8.1 behaves as 8.0. */
const ROWS: Readonly<Record<Release, string>> = {
  'redis-2.4': '++++++bbbbbbbb',
  'redis-2.6': '-+++++bbbbbbbb',
  'redis-2.8': '-*++++++++++++',
  'redis-3.2': '---+++++++++++',
  'redis-4.0': '----++++++++++',
  'redis-5.0': '-----+++++++++',
  'redis-6.0': '-----*++++++++',
  'redis-6.2': '-----**+++++++',
  'redis-7.0': '--------++++++',
  'redis-7.2': '---------+++++',
  'redis-7.4': '----------++--',
  'redis-8.0': '----------*+--',
  'valkey-8.0': '---------+++++',
  'valkey-9.1': '---------**+*+',
};

const SIGNS: Readonly<Record<string, Measured>> = { '+': 'ok', '*': 'ok*', b: 'breaks', '-': 'no' };

export function measuredPath(source: Release, target: Release): Measured {
  const sign = ROWS[source][RELEASES.indexOf(target)] ?? '';
  const measured = SIGNS[sign];
  if (measured === undefined) throw new RangeError(`Nothing was measured from ${source} to ${target}.`);
  return measured;
}

/** The measured release that a server stands for; null: none was measured. */
export function releaseOf(running: { readonly flavour: string; readonly version: string }): Release | null {
  const [major, minor] = running.version.split('.');
  const release = `${running.flavour}-${major}.${minor}`;
  const found = release === 'valkey-8.1' ? 'valkey-8.0' : RELEASES.find((each) => each === release);
  return found ?? null;
}
