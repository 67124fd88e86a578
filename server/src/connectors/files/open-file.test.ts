import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { collect } from '../../connector-kit/collect.fixture.ts';
import type { FileContent } from '../../connector-kit/index.ts';
import { readPages, temporaryFolder } from './folder.fixture.ts';

const { signal } = new AbortController();

/** The content of the only file in a folder, as a run found it. */
async function foundFile(folder: string): Promise<FileContent> {
  const [page] = await collect(readPages(folder));
  const file = page?.entities[0]?.file;
  if (file === undefined) throw new Error('The folder has no file.');
  return file;
}

async function textOf(stream: Readable): Promise<string> {
  return Buffer.concat(await stream.toArray()).toString();
}

describe('opening a file', () => {
  it('streams it from the beginning, as often as asked', async () => {
    const text = 'ä'.repeat(200_000);
    const file = await foundFile(temporaryFolder({ 'a.txt': text }));
    expect(await textOf(await file.open(signal))).toBe(text);
    expect(await textOf(await file.open(signal))).toBe(text);
  });

  it('gives what is in it now when it was changed since it was found', async () => {
    const folder = temporaryFolder({ 'a.txt': 'one' });
    const file = await foundFile(folder);
    writeFileSync(join(folder, 'a.txt'), 'two!');
    expect(await textOf(await file.open(signal))).toBe('two!');
  });

  it('fails when the file grows while it is read', async () => {
    const folder = temporaryFolder({ 'a.txt': 'x'.repeat(500_000) });
    const stream = await (await foundFile(folder)).open(signal);
    stream.once('data', () => appendFileSync(join(folder, 'a.txt'), 'more'));
    await expect(textOf(stream)).rejects.toMatchObject({
      kind: 'entity',
      message: expect.stringContaining('was changed'),
    });
  });

  it('fails when the file is rewritten in place with the same size while it is read', async () => {
    const folder = temporaryFolder({ 'a.txt': 'x'.repeat(500_000) });
    const stream = await (await foundFile(folder)).open(signal);
    await delay(20);
    stream.once('data', () => writeFileSync(join(folder, 'a.txt'), 'y'.repeat(500_000)));
    await expect(textOf(stream)).rejects.toThrow('was changed while it was read');
  });

  it('reads the file it opened to the end when another takes its name', async () => {
    const folder = temporaryFolder({ 'a.txt': 'x'.repeat(500_000) });
    const stream = await (await foundFile(folder)).open(signal);
    stream.once('data', () => {
      writeFileSync(join(folder, '.new'), 'new');
      renameSync(join(folder, '.new'), join(folder, 'a.txt'));
    });
    expect(await textOf(stream)).toBe('x'.repeat(500_000));
  });

  it('says that the file was deleted', async () => {
    const folder = temporaryFolder({ 'a.txt': 'one' });
    const file = await foundFile(folder);
    rmSync(join(folder, 'a.txt'));
    await expect(file.open(signal)).rejects.toMatchObject({
      kind: 'entity',
      message: expect.stringContaining('was deleted'),
    });
  });

  it('does not follow a link that took the place of the file or of its folder', async () => {
    const outside = temporaryFolder({ 'a.txt': 'secret' });
    const folder = temporaryFolder({ 'sub/a.txt': 'one' });
    const file = await foundFile(folder);
    rmSync(join(folder, 'sub/a.txt'));
    symlinkSync(join(outside, 'a.txt'), join(folder, 'sub/a.txt'));
    await expect(file.open(signal)).rejects.toMatchObject({ kind: 'entity' });
    rmSync(join(folder, 'sub'), { recursive: true });
    symlinkSync(outside, join(folder, 'sub'));
    await expect(file.open(signal)).rejects.toMatchObject({ kind: 'entity' });
  });

  it('does not wait for a pipe and does not read a folder that took the place of the file', async () => {
    const folder = temporaryFolder({ 'a.txt': 'one' });
    const file = await foundFile(folder);
    rmSync(join(folder, 'a.txt'));
    execFileSync('mkfifo', [join(folder, 'a.txt')]);
    await expect(file.open(signal)).rejects.toMatchObject({ kind: 'entity' });
    rmSync(join(folder, 'a.txt'));
    mkdirSync(join(folder, 'a.txt'));
    await expect(file.open(signal)).rejects.toMatchObject({ kind: 'entity' });
  });

  it('stops when it is aborted', async () => {
    const stop = new AbortController();
    const file = await foundFile(temporaryFolder({ 'a.txt': 'x'.repeat(500_000) }));
    const stream = await file.open(stop.signal);
    stream.once('data', () => stop.abort());
    await expect(textOf(stream)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.skipIf(process.platform !== 'linux')('leaves no file open, whether it was read or not', async () => {
    const file = await foundFile(temporaryFolder({ 'a.txt': 'x'.repeat(500_000) }));
    const countOpen = () => readdirSync('/proc/self/fd').length;
    const before = countOpen();
    for (let i = 0; i < 20; i++) {
      await textOf(await file.open(signal));
      (await file.open(signal)).destroy();
      await file.open(AbortSignal.abort()).then((stream) => stream.on('error', () => undefined));
    }
    await delay(100);
    expect(countOpen() - before).toBeLessThan(5);
  });
});
