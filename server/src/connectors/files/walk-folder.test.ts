import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect } from '../../connector-kit/collect.fixture.ts';
import { readIds, readPages, temporaryFolder, write } from './folder.fixture.ts';

describe('symbolic links', () => {
  it('to a file inside the folder are read, those that lead out or nowhere are not', async () => {
    const outside = temporaryFolder({ 'secret.txt': '', 'more/secret.txt': '' });
    const folder = temporaryFolder({ 'v3.md': '' });
    symlinkSync('v3.md', join(folder, 'latest.md'));
    symlinkSync(join(outside, 'secret.txt'), join(folder, 'secret.txt'));
    symlinkSync(join(outside, 'more'), join(folder, 'more'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    symlinkSync('circle', join(folder, 'circle'));
    expect(await readIds(folder)).toEqual(['latest.md', 'v3.md']);
  });

  it('to folders add nothing twice and never go round in circles', async () => {
    const folder = temporaryFolder({ 'sub/deep/a.md': '' });
    symlinkSync('..', join(folder, 'sub/deep/up'));
    symlinkSync('.', join(folder, 'self'));
    symlinkSync('sub', join(folder, 'alias'));
    expect(await readIds(folder)).toEqual(['sub/deep/a.md']);
  });

  it('to a hidden folder are read once, also with a circle in it', async () => {
    const folder = temporaryFolder({ '.data/v1/a.md': '', '.data/v1/sub/b.md': '' });
    symlinkSync('.data/v1', join(folder, 'current'));
    symlinkSync('.data/v1', join(folder, 'same'));
    symlinkSync('.data/v1/sub', join(folder, 'part'));
    symlinkSync('../../..', join(folder, '.data/v1/sub/up'));
    symlinkSync('..', join(folder, '.data/v1/sub/round'));
    expect(await readIds(folder)).toEqual(['current/a.md', 'current/sub/b.md']);
  });

  it('to hidden folders are followed up to a limit, and the others reported', { timeout: 30_000 }, async () => {
    const folder = temporaryFolder();
    for (let i = 0; i < 503; i++) {
      write(join(folder, `.store/${i}/a.md`), '');
      symlinkSync(`.store/${i}`, join(folder, `link-${i}`));
    }
    const pages = await collect(readPages(folder));
    expect(pages.flatMap((page) => page.entities)).toHaveLength(500);
    expect(pages.flatMap((page) => page.failures ?? [])).toHaveLength(3);
  });

  it('do not reach what is ignored, excluded or in .git', async () => {
    const folder = temporaryFolder({ '.gitignore': 'keys/\n', 'keys/k.md': '', 'private/p.md': '', '.git/config': '' });
    symlinkSync('keys/k.md', join(folder, 'k.md'));
    symlinkSync('private/p.md', join(folder, 'p.md'));
    symlinkSync('.git/config', join(folder, 'config.md'));
    expect(await readIds(folder, { exclude: ['private/**'] })).toEqual([]);
  });

  it('that take the place of a folder while the run is on its way are not followed out', async () => {
    const outside = temporaryFolder({ 'secret.md': '' });
    const folder = temporaryFolder({ 'g/a.md': '' });
    for (let i = 100; i < 200; i++) write(join(folder, `f${i}.md`), '');
    const pages = readPages(folder);
    // The first page ends just before the folder, which was looked at already, together with the last files.
    expect((await pages.next()).value).toMatchObject({ checkpoint: { after: 'f199.md' } });
    rmSync(join(folder, 'g'), { recursive: true });
    symlinkSync(outside, join(folder, 'g'));
    expect(await collect(pages)).toEqual([]);
  });

  it('as the root itself are followed', async () => {
    const folder = temporaryFolder({ 'docs/a.md': '' });
    symlinkSync('docs', join(folder, 'link'));
    expect(await readIds(join(folder, 'link'))).toEqual(['a.md']);
  });
});

describe('going on from a checkpoint', () => {
  const name = fc.constantFrom('a', 'b', 'a.txt', 'a b', 'é', 'ab', 'Z', '日', 'b.md', '~', 'a-');
  const tree = fc.uniqueArray(fc.array(name, { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 25,
    selector: (p) => p.join('/'),
  });

  it('gives exactly the rest, from any file on', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (paths) => {
        const folder = temporaryFolder();
        for (const path of paths) {
          // A name that is already a file cannot be a folder, and the other way round: skip those.
          try {
            write(join(folder, ...path), 'x');
          } catch {}
        }
        const all = await readIds(folder);
        for (const [index, after] of all.entries()) {
          expect(await readIds(folder, { checkpoint: { after } })).toEqual(all.slice(index + 1));
        }
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 25 },
    );
  });

  it('works with the checkpoint of every page of a large folder', async () => {
    const folder = temporaryFolder();
    for (let i = 0; i < 350; i++) write(join(folder, `d${i % 7}`, `f${i}.txt`), '');
    const pages = await collect(readPages(folder));
    expect(pages.map((page) => page.entities.length)).toEqual([100, 100, 100, 50]);
    const all = pages.flatMap((page) => page.entities.map((entity) => entity.id));
    for (const [index, page] of pages.entries()) {
      const checkpoint = JSON.parse(JSON.stringify(page.checkpoint));
      expect(await readIds(folder, { checkpoint })).toEqual(all.slice((index + 1) * 100));
    }
  });

  it('works when the file was deleted, or a folder took its name', async () => {
    const folder = temporaryFolder({ 'a.md': '', 'c.md': '' });
    expect(await readIds(folder, { checkpoint: { after: 'b.md' } })).toEqual(['c.md']);
    mkdirSync(join(folder, 'b.md'));
    write(join(folder, 'b.md/new.md'), '');
    expect(await readIds(folder, { checkpoint: { after: 'b.md' } })).toEqual(['b.md/new.md', 'c.md']);
  });

  it('works in the middle of a linked hidden folder', async () => {
    const folder = temporaryFolder({ 'z.md': '' });
    for (let i = 100; i < 250; i++) write(join(folder, '.data', `${i}.md`), '');
    symlinkSync('.data', join(folder, 'current'));
    symlinkSync('.data', join(folder, 'other'));
    const [first] = await collect(readPages(folder));
    expect(first?.entities).toHaveLength(100);
    const rest = await readIds(folder, { checkpoint: first?.checkpoint ?? null });
    expect(rest).toEqual([...Array.from({ length: 50 }, (_, i) => `current/${200 + i}.md`), 'z.md']);
  });
});
