// Reads where this machine gets its own packages from: apt's one-line and deb822 settings.
// Decides on the mirror's address; never writes to apt's files and knows no address itself.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  readonly signedBy: string | null;
}

export interface Distribution {
  readonly name: 'debian' | 'ubuntu';
  readonly prettyName: string;
}

/** Reads os-release. Null when the machine does not use Debian's or Ubuntu's archive. */
export function parseOsRelease(text: string): Distribution | null {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(.*)$/.exec(line.trim());
    if (match?.[1] !== undefined) fields.set(match[1], (match[2] ?? '').replace(/^["']|["']$/g, ''));
  }
  const kin = [fields.get('ID') ?? '', ...(fields.get('ID_LIKE') ?? '').split(' ')];
  const prettyName = fields.get('PRETTY_NAME') ?? fields.get('ID') ?? 'this machine';
  for (const name of kin) {
    if (name === 'debian' || name === 'ubuntu') return { name, prettyName };
  }
  return null;
}

/** One-line style: `deb [arch=amd64 signed-by=…] URI SUITE COMPONENT…`. */
export function parseOneLineSources(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const raw of text.split('\n')) {
    const match = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)$/.exec(raw.replace(/#.*$/, '').trim());
    if (match?.[2] === undefined || match[3] === undefined) continue;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(match[1] ?? '')?.[1] ?? null;
    sources.push({
      uri: match[2],
      suite: match[3],
      components: (match[4] ?? '').split(/\s+/).filter(Boolean),
      signedBy,
    });
  }
  return sources;
}

/** deb822 style (`*.sources`): stanzas of `Types:`, `URIs:`, `Suites:`, `Components:`. */
export function parseDeb822Sources(text: string): AptSource[] {
  const withoutComments = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  return withoutComments.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string): string[] => {
      const match = new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(stanza);
      return (match?.[1] ?? '').split(/\s+/).filter(Boolean);
    };
    if (!field('Types').includes('deb') || field('Enabled')[0]?.toLowerCase() === 'no') return [];
    const keyring = field('Signed-By');
    const signedBy = keyring.length === 1 && keyring[0]?.startsWith('/') ? keyring[0] : null;
    return field('URIs').flatMap((uri) =>
      field('Suites').map((suite) => ({ uri, suite, components: field('Components'), signedBy })),
    );
  });
}

/**
 * The archive that carries whole suites: the first http(s) source whose suite is one of `suites`.
 * Sources of a security archive or of a third party name no such suite, so they are never chosen.
 */
export function chooseArchive(sources: readonly AptSource[], suites: readonly string[]): AptSource | null {
  return sources.find((source) => suites.includes(source.suite) && /^https?:\/\//.test(source.uri)) ?? null;
}

/** All sources that apt on this machine would use; `mirror+file:` lists are followed to their first entry. */
export async function readAptSources(etcApt = '/etc/apt'): Promise<AptSource[]> {
  const main = await readOrEmpty(join(etcApt, 'sources.list'));
  const sources = parseOneLineSources(main);
  const folder = join(etcApt, 'sources.list.d');
  const names = await readdir(folder).catch(() => []);
  for (const name of names.sort()) {
    if (name.endsWith('.list')) sources.push(...parseOneLineSources(await readOrEmpty(join(folder, name))));
    if (name.endsWith('.sources')) sources.push(...parseDeb822Sources(await readOrEmpty(join(folder, name))));
  }
  return Promise.all(
    sources.map(async (source) => {
      if (!source.uri.startsWith('mirror+file:')) return source;
      const list = await readOrEmpty(source.uri.slice('mirror+file:'.length));
      const first = list.split('\n').find((line) => /^https?:\/\//.test(line)) ?? source.uri;
      return { ...source, uri: first.split(/\s/)[0] ?? first };
    }),
  );
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
