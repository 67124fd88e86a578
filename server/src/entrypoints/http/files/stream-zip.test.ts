import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { createFileNames, toFileName } from './file-name.ts';
import { streamZip, type ZipEntry } from './stream-zip.ts';

test('an archive is made as it is read: no entry is asked for before the one before was taken', async () => {
  let asked = 0;
  async function* entries(): AsyncGenerator<ZipEntry> {
    for (; asked < 3; ) {
      asked += 1;
      yield { name: `${asked}.md`, text: 'x'.repeat(600_000) };
    }
  }
  const reader = streamZip(entries(), new AbortController().signal).getReader();
  const pieces = [(await reader.read()).value];
  expect(asked).toBe(1);
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) pieces.push(piece.value);
  const files = unzipSync(Buffer.concat(pieces.filter((piece) => piece !== undefined)));
  expect(Object.values(files).map((bytes) => bytes.byteLength)).toEqual([600_000, 600_000, 600_000]);
});

test('an archive ends when whoever asked has left', async () => {
  const stop = new AbortController();
  async function* entries(): AsyncGenerator<ZipEntry> {
    yield { name: 'a', text: 'a' };
    stop.abort(new Error('left'));
    yield { name: 'b', text: 'b' };
  }
  await expect(new Response(streamZip(entries(), stop.signal)).arrayBuffer()).rejects.toThrow('left');
});

test('an empty text is an empty file', async () => {
  async function* entries(): AsyncGenerator<ZipEntry> {
    yield { name: 'empty.md', text: '' };
  }
  const bytes = await new Response(streamZip(entries(), new AbortController().signal)).arrayBuffer();
  expect(unzipSync(new Uint8Array(bytes))['empty.md']?.byteLength).toBe(0);
});

test.each([
  ['Notes', 'Notes.md'],
  ['notes.md', 'notes.md'],
  ['a/b\\c', 'a_b_c.md'],
  ['..', 'document.md'],
  ['', 'document.md'],
  ['con', '_con.md'],
  ['\ud800', '\ufffd.md'],
  ['n'.repeat(500), `${'n'.repeat(120)}.md`],
])('%j is named %s', (name, expected) => {
  expect(toFileName(name)).toBe(expected);
});

test('no name is given twice, also where case does not count', () => {
  const nameOf = createFileNames();
  expect(['A', 'a', 'A', 'b'].map(nameOf)).toEqual(['A.md', 'a (2).md', 'A (3).md', 'b.md']);
});
