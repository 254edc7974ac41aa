// The matrix as people read it: sources down, targets across; the fence of each move in ms, there and back.

export function matrixTable(ids: readonly string[], results: ReadonlyMap<string, string>): string {
  const cell = (source: string, target: string): string => results.get(`${source} ${target}`) ?? '·';
  const width = Math.max(...ids.map((id) => id.length), ...[...results.values()].map((each) => each.length));
  const row = (cells: readonly string[]): string => cells.map((each) => each.padEnd(width)).join('  ');
  return [
    'fence in ms, there and back; · was not tried in this run',
    row(['source \\ target', ...ids]),
    ...ids.map((source) => row([source, ...ids.map((target) => cell(source, target))])),
  ].join('\n');
}
