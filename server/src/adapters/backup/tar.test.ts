import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTar, tarEnd, tarHeader, tarPadding } from './tar.ts';

const at = new Date('2026-01-31T12:00:00Z');

function tarOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(files).flatMap(([name, content]) => [
    tarHeader(name, content.length, at),
    content,
    tarPadding(content.length),
  ]);
  return Buffer.concat([...entries, tarEnd]);
}

/** In pieces of this size, as a stream gives them. */
async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function readAll(source: AsyncIterable<Buffer>): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  for await (const entry of readTar(source)) files[entry.name] = Buffer.concat(await Array.fromAsync(entry.content));
  return files;
}

describe('tar', () => {
  it('reads what it wrote, however the bytes come', async () => {
    const name = fc.stringMatching(/^[a-z0-9]{1,60}(\/[a-z0-9.-]{1,60}){0,2}$/);
    const content = fc.uint8Array({ maxLength: 1500 }).map((bytes) => Buffer.from(bytes));
    const files = fc.dictionary(name, content, { noNullPrototype: true, maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 2000 }), async (given, size) => {
        expect(await readAll(inPieces(tarOf(given), size))).toEqual(given);
      }),
      { numRuns: 50 },
    );
  });

  it('passes over what nobody reads', async () => {
    const bytes = tarOf({ 'a.txt': Buffer.alloc(5000), 'b.txt': Buffer.from('b') });
    const names: string[] = [];
    for await (const { name } of readTar(inPieces(bytes, 700))) names.push(name);
    expect(names).toEqual(['a.txt', 'b.txt']);
  });

  it('knows sizes over 8 GB', async () => {
    const size = 3 * 8 ** 11 + 5;
    const [entry] = [await readTar(inPieces(tarHeader('large', size, at), 512)).next()];
    expect(entry?.value).toMatchObject({ name: 'large', sizeBytes: size });
  });

  it('refuses a file that is cut off anywhere, and one that is none', async () => {
    const bytes = tarOf({ 'a.txt': Buffer.alloc(700, 1), 'b.txt': Buffer.from('b') });
    for (const length of [0, 1, 511, 512, 900, 1536, 2000, 2560]) {
      await expect(readAll(inPieces(bytes.subarray(0, length), 512)), String(length)).rejects.toThrow(
        /cut off or damaged/,
      );
    }
    await expect(readAll(inPieces(Buffer.alloc(2048, 'x'), 512))).rejects.toThrow(/cut off or damaged/);
    const changed = Buffer.from(bytes);
    changed[0] = 0x7a;
    await expect(readAll(inPieces(changed, 512))).rejects.toThrow(/cut off or damaged/);
  });

  it('takes no name that it cannot hold', () => {
    expect(() => tarHeader('x'.repeat(101), 0, at)).toThrow(/too long/);
  });
});
