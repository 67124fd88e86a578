import { execFileSync } from 'node:child_process';
import { linkSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collect } from '../../connector-kit/collect.fixture.ts';
import { readIds, readPages, temporaryFolder, write } from './folder.fixture.ts';

async function readAll(path: string) {
  const pages = await collect(readPages(path));
  return { entities: pages.flatMap((page) => page.entities), failures: pages.flatMap((page) => page.failures ?? []) };
}

describe('what is read', () => {
  it('gives every file once, depth first, names in the order of their bytes', async () => {
    const folder = temporaryFolder({
      'b.txt': '',
      'a/z.txt': '',
      'a/b/c.md': '',
      'a.txt': '',
      'Z.txt': '',
      'é.txt': '',
      '日本.txt': '',
    });
    expect(await readIds(folder)).toEqual(['Z.txt', 'a/b/c.md', 'a/z.txt', 'a.txt', 'b.txt', 'é.txt', '日本.txt']);
  });

  it('describes a file by its place, size, kind and times', async () => {
    const folder = temporaryFolder({ 'reports/März 2026/a b.PDF': '12345' });
    const [entity] = (await readAll(folder)).entities;
    expect(entity).toMatchObject({
      id: 'reports/März 2026/a b.PDF',
      type: 'FileEntity',
      name: 'a b.PDF',
      url: `file://${folder}/reports/M%C3%A4rz%202026/a%20b.PDF`,
      breadcrumbs: [
        { entityId: 'reports', name: 'reports', entityType: 'FolderEntity' },
        { entityId: 'reports/März 2026', name: 'März 2026', entityType: 'FolderEntity' },
      ],
      fields: { path: 'reports/März 2026/a b.PDF', size: 5, extension: '.pdf', mime_type: 'application/pdf' },
      file: { name: 'a b.PDF', mimeType: 'application/pdf', size: 5 },
    });
    expect(Date.now() - Number(entity?.updatedAt)).toBeLessThan(60_000);
  });

  it('leaves out hidden entries, office lock files and everything in .git', async () => {
    const folder = temporaryFolder({
      '.hidden/a.md': '',
      '.env': '',
      '.git/config': '',
      'sub/.git/HEAD': '',
      '~$report.docx': '',
      'kept.md': '',
    });
    expect(await readIds(folder)).toEqual(['kept.md']);
  });

  it('reads a hidden folder when that is the one that was asked for', async () => {
    const folder = temporaryFolder({ '.notes/a.md': '' });
    expect(await readIds(join(folder, '.notes'))).toEqual(['a.md']);
  });

  it('obeys include and exclude globs', async () => {
    const folder = temporaryFolder({ 'a.md': '', 'a.txt': '', 'drafts/b.md': '', 'x/c.md': '' });
    expect(await readIds(folder, { include: ['*.md'], exclude: ['drafts/'] })).toEqual(['a.md', 'x/c.md']);
  });

  it('gives nothing for an empty folder', async () => {
    expect(await readIds(temporaryFolder())).toEqual([]);
  });

  it('reads files 100 folders deep', async () => {
    const path = [...Array.from({ length: 100 }, (_, i) => `level-${i}-${'x'.repeat(20)}`), 'deep.txt'].join('/');
    const folder = temporaryFolder({ [path]: 'deep' });
    const [entity] = (await readAll(folder)).entities;
    expect(entity?.fields.path).toBe(path);
    expect(Buffer.byteLength(entity?.id ?? '')).toBeLessThanOrEqual(1_500);
  });

  it.skipIf(process.platform !== 'linux')(
    'reads files whose names are not UTF-8, each under an id of its own',
    async () => {
      const folder = temporaryFolder({ 'caf%E9.txt': 'percent' });
      writeFileSync(Buffer.from(`${folder}/caf\xe9.txt`, 'latin1'), 'bytes');
      writeFileSync(Buffer.from(`${folder}/caf\xe8.txt`, 'latin1'), 'others');
      const { entities } = await readAll(folder);
      expect(entities.map((entity) => [entity.id, entity.name])).toEqual([
        ['caf%E9.txt', 'caf%E9.txt'],
        ['/caf%E8.txt', 'caf\u{FFFD}.txt'],
        ['/caf%E9.txt', 'caf\u{FFFD}.txt'],
      ]);
      const contents = entities.map(async ({ file }) => (await file?.open(new AbortController().signal))?.toArray());
      expect((await Promise.all(contents)).map(String)).toEqual(['percent', 'others', 'bytes']);
    },
  );

  it('never opens pipes and sockets', async () => {
    const folder = temporaryFolder({ 'a.txt': '' });
    execFileSync('mkfifo', [join(folder, 'pipe.txt')]);
    expect(await readIds(folder)).toEqual(['a.txt']);
  });

  it('gives a file over any limit with its size, unread', async () => {
    const folder = temporaryFolder({ 'big.bin': '' });
    execFileSync('truncate', ['-s', '2G', join(folder, 'big.bin')]);
    expect((await readAll(folder)).entities[0]?.file?.size).toBe(2 * 1024 ** 3);
  });
});

describe('ignore files', () => {
  it('apply to the folder they are in and below, and deeper ones overrule', async () => {
    const folder = temporaryFolder({
      '.gitignore': '*.log\n/build/\nsecret.md\n',
      'a.log': '',
      'build/out.txt': '',
      'x/build/kept.txt': '',
      'x/.gitignore': '!important.log\n',
      'x/important.log': '',
      'x/other.log': '',
      'x/secret.md': '',
    });
    expect(await readIds(folder)).toEqual(['x/build/kept.txt', 'x/important.log']);
  });

  it('let .weftignore overrule .gitignore', async () => {
    const folder = temporaryFolder({
      '.gitignore': 'dist/\n',
      '.weftignore': '!dist/\nprivate/\n',
      'dist/a.md': '',
      'private/b.md': '',
    });
    expect(await readIds(folder)).toEqual(['dist/a.md']);
  });

  it('go on applying inside a folder that a deeper file took back in', async () => {
    const folder = temporaryFolder({
      '.gitignore': 'build/\n*.log\n',
      'x/.gitignore': '!build/\n',
      'x/build/a.md': '',
      'x/build/a.log': '',
    });
    expect(await readIds(folder)).toEqual(['x/build/a.md']);
  });

  it('that could take very long to match are reported and not obeyed', async () => {
    const folder = temporaryFolder({
      '.gitignore': `${'*a'.repeat(20)}b\n*.log\n`,
      'a.log': '',
      [`${'a'.repeat(200)}.md`]: '',
    });
    const { entities, failures } = await readAll(folder);
    expect(entities).toHaveLength(1);
    expect(failures).toMatchObject([{ id: '.gitignore', type: 'FileEntity', name: '.gitignore' }]);
  });
});

describe('changes of a file', () => {
  async function revisionOf(folder: string): Promise<string | undefined> {
    return (await readAll(folder)).entities[0]?.revision;
  }

  it('have no mark while the last one is fresh, so that the content is compared', async () => {
    expect(await revisionOf(temporaryFolder({ 'a.md': 'one' }))).toBeUndefined();
  });

  it('are seen in the mark, also when size and modification time stay the same', { timeout: 20_000 }, async () => {
    const folder = temporaryFolder({ 'a.md': 'one' });
    const path = join(folder, 'a.md');
    execFileSync('touch', ['-d', '2026-01-01T00:00:00Z', path]);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const before = await revisionOf(folder);
    expect(before).toMatch(/^3:1767225600000000000:\d+:\d+$/);
    expect(await revisionOf(folder)).toBe(before);
    writeFileSync(path, 'two');
    execFileSync('touch', ['-d', '2026-01-01T00:00:00Z', path]);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(await revisionOf(folder)).not.toBe(before);
  });

  it('by name give another id; two names of one file are two documents', async () => {
    const folder = temporaryFolder({ 'a.md': 'one' });
    linkSync(join(folder, 'a.md'), join(folder, 'b.md'));
    expect(await readIds(folder)).toEqual(['a.md', 'b.md']);
  });
});

describe('stopping', () => {
  it('ends a run between two files when it is aborted', async () => {
    const folder = temporaryFolder();
    for (let i = 0; i < 300; i++) write(join(folder, `f${i}.txt`), '');
    const stop = new AbortController();
    const pages = readPages(folder, { signal: stop.signal });
    await pages.next();
    stop.abort(new Error('cancelled'));
    await expect(pages.next()).rejects.toThrow('cancelled');
  });
});

describe('folders that are never read', () => {
  it('are those of Weft itself, inside the folder or around it', async () => {
    const folder = temporaryFolder({ 'a.md': '', 'data/db.txt': '', 'data/x/y.txt': '' });
    const forbiddenRoots = [join(folder, 'data')];
    expect(await readIds(folder, { policy: { forbiddenRoots } })).toEqual(['a.md']);
    symlinkSync('data/db.txt', join(folder, 'link.txt'));
    expect(await readIds(folder, { policy: { forbiddenRoots } })).toEqual(['a.md']);
    const inside = readIds(join(folder, 'data/x'), { policy: { forbiddenRoots } });
    await expect(inside).rejects.toMatchObject({ kind: 'configuration' });
  });

  it('are those outside of what the operator allows, whatever link leads there', async () => {
    const allowed = temporaryFolder({ 'docs/a.md': '' });
    const other = temporaryFolder({ 'b.md': '' });
    symlinkSync(other, join(allowed, 'out'));
    const policy = { filesRoots: [allowed], forbiddenRoots: [] };
    expect(await readIds(join(allowed, 'docs'), { policy })).toEqual(['a.md']);
    for (const path of [other, join(allowed, 'out'), join(other, 'nowhere'), dirname(allowed), `${allowed}-2`]) {
      await expect(readIds(path, { policy }), basename(path)).rejects.toMatchObject({
        kind: 'configuration',
        message: expect.stringContaining('FILES_ROOTS'),
      });
    }
    await expect(readIds(allowed, { policy: { filesRoots: [], forbiddenRoots: [] } })).rejects.toThrow('FILES_ROOTS');
  });
});
