// The project's own files, as they lie on disk: nothing installed, built or cached.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache', '.env', 'ferry.yaml']);

/** Paths from the project's root (with `/`) to texts. */
export function projectFiles(under = ''): Map<string, string> {
  const files = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(PROJECT_ROOT, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (NOT_OURS.has(entry.name) || entry.name.endsWith('.log')) continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) files.set(path, readFileSync(join(PROJECT_ROOT, path), 'utf8'));
    }
  };
  visit(under);
  return files;
}
