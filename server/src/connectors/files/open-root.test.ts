import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { files } from './files.ts';
import { readIds, readPages, temporaryFolder, write } from './folder.fixture.ts';

async function validate(path: string, forbiddenRoots: readonly string[] = []): Promise<void> {
  const config = files.config.parse({ path });
  await files.validate({ config, credentials: {}, policy: { forbiddenRoots }, signal: new AbortController().signal });
}

describe('checking a folder before it is connected', () => {
  it('accepts a folder that can be read, also an empty one', async () => {
    await expect(validate(temporaryFolder())).resolves.toBeUndefined();
  });

  it('says that a folder does not exist, and what to do', async () => {
    const error = validate(join(temporaryFolder(), 'nowhere'));
    await expect(error).rejects.toMatchObject({ kind: 'configuration' });
    await expect(error).rejects.toThrow(/nowhere" does not exist .* Create or mount it, or correct "path"/);
  });

  it('says that a file is no folder', async () => {
    const folder = temporaryFolder({ 'a.md': '' });
    await expect(validate(join(folder, 'a.md'))).rejects.toThrow('is a file, not a folder');
    await expect(validate(join(folder, 'a.md/b'))).rejects.toMatchObject({ kind: 'configuration' });
  });

  it('refuses the own data folder, but not one that contains it', async () => {
    const folder = temporaryFolder({ 'data/db': '' });
    await expect(validate(join(folder, 'data'), [join(folder, 'data')])).rejects.toThrow("Weft's own data");
    await expect(validate(folder, [join(folder, 'data')])).resolves.toBeUndefined();
    await expect(validate(folder, [join(folder, 'not yet there')])).resolves.toBeUndefined();
  });
});

describe('a root that goes away', () => {
  it('fails the run, so that nothing is deleted', async () => {
    const folder = temporaryFolder({ 'disk/a.md': '' });
    renameSync(join(folder, 'disk'), join(folder, 'gone'));
    await expect(readIds(join(folder, 'disk'))).rejects.toMatchObject({ kind: 'configuration' });
  });

  it('fails the run also when it goes in the middle, or another folder takes its place', async () => {
    for (const isReplaced of [false, true]) {
      const folder = temporaryFolder();
      for (let i = 0; i < 150; i++) write(join(folder, 'disk', `${i}/a.md`), '');
      const pages = readPages(join(folder, 'disk'));
      expect((await pages.next()).value).toMatchObject({ failures: [] });
      renameSync(join(folder, 'disk'), join(folder, 'gone'));
      if (isReplaced) mkdirSync(join(folder, 'disk'));
      const rest = async () => {
        while (!(await pages.next()).done) {}
      };
      await expect(rest()).rejects.toMatchObject({ kind: 'configuration' });
    }
  });
});
