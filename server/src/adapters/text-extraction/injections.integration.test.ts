import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { injections } from '../../core/search/trust/__fixtures__/injections.ts';
import { findInstructions } from '../../core/search/trust/find-instructions.ts';
import { extractText } from './extract-text.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-injections-'));
});
afterAll(() => rm(folder, { recursive: true }));

const cases = injections.map((injection, place) => ({ ...injection, place }));

it.each(cases)('$place: $family in $file is $outcome', async (injection) => {
  const path = join(folder, `${injection.place}-${injection.file}`);
  await writeFile(path, injection.text);
  const limits = { disabledFormats: [], maxTextBytes: 100_000, maxTokens: 256, overlapTokens: 16 };
  const input = { kind: 'file', path, name: injection.file } as const;
  const { passages } = await extractText(input, limits, (text) => Math.ceil(text.length / 4));
  const text = passages.map((passage) => passage.text).join('\n');
  const families = passages.flatMap((passage) => findInstructions(passage.text)).map(({ family }) => family);
  if (injection.outcome === 'removed') {
    expect(text).not.toContain(injection.payload);
    expect(text).toContain('Welcome');
    expect(families).toEqual([]);
  } else {
    expect(families).toContain(injection.family);
  }
});
