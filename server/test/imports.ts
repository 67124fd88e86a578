import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

export interface Import {
  /** As written: `./sync-job.ts`, `node:crypto`, `zod`. */
  readonly specifier: string;
  /** Path of a file of ours, relative to the scanned root; undefined for packages and `node:` modules. */
  readonly file: string | undefined;
  /** True when nothing of it is left once the types are stripped. */
  readonly isType: boolean;
}

export interface SourceFile {
  /** Relative to the scanned root, with forward slashes: `core/sync/run-sync.ts`. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
}

/** Every file below `root` with one of these endings, sorted by path. */
export async function readSourceFiles(root: string, endings: readonly string[]): Promise<readonly SourceFile[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text, lines: text.split('\n').length - 1, imports: importsOf(path, text) };
    });
}

/*
 * Imports and re-exports stand at the start of a line, since the formatter puts them there; calls of `import()` may stand
 * anywhere. Modules that are started as processes of their own, by `new URL('x.ts', import.meta.url)`, count as imported.
 */
const statement = /^(?:import|export)\b(?<clause>[^'"`;]*?)\bfrom\s+'(?<specifier>[^']+)'/gm;
const sideEffect = /^import\s+'(?<specifier>[^']+)'/gm;
const call = /\bimport\(\s*'(?<specifier>[^']+)'\s*\)/g;
const started = /\bnew URL\(\s*'(?<specifier>[^']+\.ts)'\s*,\s*import\.meta\.url\s*\)/g;

/** What a file at `path` imports, in no particular order. */
export function importsOf(path: string, text: string): readonly Import[] {
  const found: Import[] = [];
  for (const pattern of [statement, sideEffect, call, started]) {
    for (const { groups } of text.matchAll(pattern)) {
      const specifier = groups?.specifier ?? '';
      const isPath = specifier.startsWith('.') || pattern === started;
      const file = isPath ? join(dirname(path), specifier).split(sep).join('/') : undefined;
      found.push({ specifier, file, isType: isTypeOnly(groups?.clause ?? '') });
    }
  }
  return found;
}

function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = /^\s*\{(?<names>[^}]*)\}\s*$/.exec(clause)?.groups?.names;
  return names?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false;
}
