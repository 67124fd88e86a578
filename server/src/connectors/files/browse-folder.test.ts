import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConnectorPolicy } from '../../connector-kit/index.ts';
import { browseFolder } from './browse-folder.ts';
import { filesConfig } from './files-config.ts';
import { readIds, temporaryFolder } from './folder.fixture.ts';

const browse = (
  path: string,
  parentId?: string,
  options: { readonly policy?: ConnectorPolicy; readonly exclude?: readonly string[] } = {},
) =>
  browseFolder(
    {
      config: filesConfig.parse({ path, exclude: options.exclude }),
      credentials: {},
      policy: options.policy ?? { forbiddenRoots: [] },
      signal: AbortSignal.timeout(20_000),
    },
    parentId,
  );
const browseIds = async (...args: Parameters<typeof browse>) => (await browse(...args)).map(({ id }) => id);

describe('the browse tree of a folder', () => {
  it('has the folders first and then the files, level by level', async () => {
    const folder = temporaryFolder({ 'b/c/d.md': '', 'b/a.md': 'text', 'a.md': '', 'e/f.md': '' });
    expect(await browseIds(folder)).toEqual(['folder:b', 'folder:e', 'file:a.md']);
    expect(await browse(folder, 'folder:b')).toEqual([
      { id: 'folder:b/c', type: 'folder', title: 'c', hasChildren: true },
      { id: 'file:b/a.md', type: 'file', title: 'a.md', hasChildren: false, metadata: { size: 4 } },
    ]);
    expect(await browseIds(folder, 'folder:b/c')).toEqual(['file:b/c/d.md']);
  });

  it('shows what a run would read, and nothing else', async () => {
    const folder = temporaryFolder({
      '.hidden/a.md': '',
      '.gitignore': 'ignored/\n',
      'ignored/a.md': '',
      'excluded/a.md': '',
      'own/index': '',
      'kept/.secret': '',
      'kept/a.md': '',
    });
    const policy = { forbiddenRoots: [join(folder, 'own')] };
    expect(await browseIds(folder, undefined, { policy, exclude: ['excluded'] })).toEqual(['folder:kept']);
    expect(await browseIds(folder, 'folder:kept')).toEqual(['file:kept/a.md']);
  });

  it.each([
    'folder:..',
    'folder:../outside',
    'folder:kept/../../outside',
    'folder:/etc',
    'folder:.hidden',
    'folder:kept/.hidden',
    'folder:ignored',
    'folder:link',
    'folder:file.md',
    'folder:missing',
    'folder:',
    'folder:kept//',
    'folder:kept//%2E%2E',
    'folder:a\0b',
    '',
    '..',
  ])('does not look into %j', async (id) => {
    const outside = temporaryFolder({ 'secret.md': '' });
    const folder = temporaryFolder({
      '.hidden/a.md': '',
      '.gitignore': 'ignored',
      'ignored/a.md': '',
      'kept/.hidden/b.md': '',
      'file.md': '',
    });
    symlinkSync(outside, join(folder, 'link'));
    await expect(browse(folder, id)).rejects.toMatchObject({
      kind: 'entity',
      message: expect.stringContaining('no folder'),
    });
  });

  it('refuses a root outside of what the operator allows, and one that is gone', async () => {
    const folder = temporaryFolder({ 'a.md': '' });
    const policy = { forbiddenRoots: [], filesRoots: [temporaryFolder()] };
    await expect(browse(folder, undefined, { policy })).rejects.toMatchObject({ kind: 'configuration' });
    await expect(browse(join(folder, 'gone'))).rejects.toMatchObject({ kind: 'configuration' });
  });

  it('ends at 2,000 nodes', async () => {
    const folder = temporaryFolder({ 'z/a.md': '' });
    for (let i = 0; i < 2_100; i += 1) writeFileSync(join(folder, `${i}.md`), '');
    const nodes = await browse(folder);
    expect(nodes).toHaveLength(2_000);
    expect(nodes[0]?.id).toBe('folder:z');
  });

  it.skipIf(process.platform !== 'linux')('names also what is not UTF-8, so that it can be chosen', async () => {
    const folder = temporaryFolder();
    const name = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.md')]);
    writeFileSync(name, 'text');
    writeFileSync(join(folder, 'other.md'), 'text');
    const [id] = await browseIds(folder);
    expect(id).toBe('file:/caf%E9.md');
    expect(await readIds(folder, { selection: [id ?? ''] })).toEqual(['/caf%E9.md']);
  });
});

describe('a selection', () => {
  const files = { 'a/b/c.md': '', 'a/d.md': '', 'ab/e.md': '', 'f.md': '' };

  it.each([
    [['folder:a'], ['a/b/c.md', 'a/d.md']],
    [['folder:a/b'], ['a/b/c.md']],
    [
      ['file:a/d.md', 'file:f.md'],
      ['a/d.md', 'f.md'],
    ],
    [
      ['folder:a/b', 'folder:ab'],
      ['a/b/c.md', 'ab/e.md'],
    ],
    [['folder:missing', 'folder:..', 'nothing'], []],
  ])('of %j reads %j', async (selection, ids) => {
    expect(await readIds(temporaryFolder(files), { selection })).toEqual(ids);
  });

  it('does not overrule what is left out', async () => {
    const folder = temporaryFolder({ '.hidden/a.md': '', 'b.txt': '', 'c.md': '' });
    const selection = ['folder:.hidden', 'file:b.txt', 'file:c.md'];
    expect(await readIds(folder, { selection, exclude: ['*.txt'] })).toEqual(['c.md']);
  });
});
