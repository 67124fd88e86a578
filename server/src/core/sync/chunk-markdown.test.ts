import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChunkOptions, chunkMarkdown } from './chunk-markdown.ts';

/** Counts words and punctuation marks; close enough to word pieces to test with. */
const countTokens = (text: string): number => text.match(/[\p{L}\p{N}\p{M}]{1,6}|[^\s\p{L}\p{N}\p{M}]/gu)?.length ?? 0;
const options: ChunkOptions = { countTokens, maxTokens: 64, overlapTokens: 12, name: 'guide.md' };

const sentence = (n: number) => `Sentence ${n} says one thing.`;
const prose = (count: number, from = 0) => Array.from({ length: count }, (_, n) => sentence(from + n)).join(' ');
const letters = (text: string) => [...text].filter((c) => !/\s/u.test(c));

function missingFrom(output: string, input: string): string | undefined {
  const all = letters(output);
  let at = 0;
  for (const [index, wanted] of letters(input).entries()) {
    while (at < all.length && all[at] !== wanted) at += 1;
    if (at === all.length) return `character ${index}: ${wanted}`;
    at += 1;
  }
  return undefined;
}

describe('a document that fits the window', () => {
  it('is one passage, headings and all', () => {
    const text = '# Rivers\n\nThe Kunene.\n\n## Lakes\n\n- Etosha\n- Oanob';
    expect(chunkMarkdown(`\n\n${text}\n`, options)).toEqual([{ text, headings: [] }]);
  });

  it('without text has no passages', () => {
    expect(chunkMarkdown('', options)).toEqual([]);
    expect(chunkMarkdown(' \n\t\n', options)).toEqual([]);
  });
});

describe('sections', () => {
  it('stay whole where they fit, each with the headings above it', () => {
    const text = `# Book\n\n## One\n\n${prose(5)}\n\n## Two\n\n${prose(5, 5)}\n\n### Deep\n\n${prose(5, 10)}`;
    const passages = chunkMarkdown(text, options);
    expect(passages.map(({ headings, text }) => [...headings, text.slice(0, 8)])).toEqual([
      ['# Book\n\n'],
      ['Book', '## Two\n\n'],
      ['Book', 'Two', '### Deep'],
    ]);
    expect(passages[2]?.text).toBe(`### Deep\n\n${prose(5, 10)}`);
  });

  it('that are small are packed together', () => {
    const text = Array.from({ length: 12 }, (_, n) => `## Note ${n}\n\nShort remark ${n}.`).join('\n\n');
    const passages = chunkMarkdown(text, options);
    expect(passages.length).toBeLessThan(5);
    expect(passages.every(({ text }) => text.startsWith('## Note'))).toBe(true);
  });

  it('never leave their heading alone at the end of a passage', () => {
    const text = `${prose(8)}\n\n# Next\n\n${prose(9, 8)}`;
    for (const { text: passage } of chunkMarkdown(text, options)) expect(passage).not.toMatch(/# Next$/);
  });

  it('keep the innermost headings where all of them would take too much of the window', () => {
    const long = (word: string) => Array.from({ length: 30 }, () => word).join(' ');
    const text = `# ${long('outer')}\n\n## ${long('inner')}\n\n${prose(30)}`;
    expect(chunkMarkdown(text, { ...options, maxTokens: 128 }).at(-1)?.headings).toEqual([long('inner')]);
  });
});

describe('a block larger than the window', () => {
  it('is cut between sentences, and the last short one is repeated', () => {
    const passages = chunkMarkdown(prose(30), options);
    expect(passages.length).toBeGreaterThan(3);
    for (const [index, { text }] of passages.entries()) {
      expect(text).toMatch(/^Sentence \d+ .* thing\.$/s);
      const next = passages[index + 1];
      if (next !== undefined) expect(text.endsWith(next.text.slice(0, next.text.indexOf('.') + 1))).toBe(true);
    }
  });

  it('as a table repeats its header over every piece and keeps rows whole', () => {
    const rows = Array.from({ length: 40 }, (_, n) => `| river ${n} | ${n * 10} km |`);
    const table = ['| name | length |', '| --- | --- |', ...rows].join('\n');
    const passages = chunkMarkdown(table, options);
    expect(passages.length).toBeGreaterThan(3);
    for (const { text } of passages) {
      expect(text).toMatch(/^\| name \| length \|\n\| --- \| --- \|\n(\| river \d+ \| \d+ km \|\n?)+$/);
    }
  });

  it('as code keeps definitions together, in a fence of its own', () => {
    const define = (n: number) => `function f${n}(a, b) {\n  const sum = a + b;\n\n  return sum;\n}`;
    const code = `\`\`\`ts\n${Array.from({ length: 8 }, (_, n) => define(n)).join('\n\n')}\n\`\`\``;
    const passages = chunkMarkdown(code, options);
    expect(passages.length).toBeGreaterThan(2);
    for (const { text } of passages) expect(text).toMatch(/^```ts\nfunction [\s\S]+\n}\n```$/);
  });

  it('as a list is cut between its items', () => {
    const list = Array.from({ length: 30 }, (_, n) => `- item ${n} of the list\n  with a second line`).join('\n');
    for (const { text } of chunkMarkdown(list, options)) expect(text).toMatch(/^- item \d+[\s\S]*second line$/);
  });

  it('is cut between words, and between characters where there are none', () => {
    const words = Array.from({ length: 200 }, (_, n) => `w${n}`).join(' ');
    for (const { text } of chunkMarkdown(words, options)) expect(text).toMatch(/^w\d+( w\d+)*$/);
    const japanese = '吾輩は猫である名前はまだ無い'.repeat(40);
    expect(
      chunkMarkdown(japanese, options)
        .map(({ text }) => text)
        .join(''),
    ).toBe(japanese);
  });

  it('is never cut inside a surrogate pair or between a letter and its accent', () => {
    for (const text of ['😀'.repeat(500), `${'e\u0301'.repeat(700)}`, '👩‍👩‍👧'.repeat(200)]) {
      for (const { text: passage } of chunkMarkdown(text, options)) {
        expect(passage.isWellFormed()).toBe(true);
        expect(passage).not.toMatch(/^[\u0301\u200d]/);
      }
    }
  });
});

describe('whatever the text', () => {
  const markdown = fc.array(
    fc.oneof(
      fc.constantFrom(
        '# H\n',
        '## Two\n',
        '\n\n',
        '```\n',
        '~~~js\n',
        '| a | b |\n|---|---|\n',
        '| 1 | 2 |\n',
        '- item\n',
        '  1. x\n',
        '===\n',
        '---\n',
        '> quote\n',
        '\r\n',
        '\t',
        'word ',
        'End. ',
        '。',
      ),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.nat(40).map((n) => `${prose(n)}\n`),
      fc.nat(400).map((n) => 'x'.repeat(n)),
    ),
    { maxLength: 40 },
  );

  it('no character is lost, and order is kept', () => {
    fc.assert(
      fc.property(markdown, (pieces) => {
        const text = pieces.join('');
        const output = chunkMarkdown(text, options)
          .map((passage) => passage.text)
          .join('\n');
        expect(missingFrom(output, text)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('a heading that would take more than half of the window is left out', () => {
    const heading = `${'x'.repeat(185)}${sentence(0)}\n===\n`;
    const passages = chunkMarkdown(`${heading}${prose(4)}\n`, options);
    for (const { headings } of passages) expect(headings).toEqual([]);
  });

  it('name, headings and passage fit the window together, and no passage is empty', () => {
    fc.assert(
      fc.property(markdown, (pieces) => {
        for (const { text, headings } of chunkMarkdown(pieces.join(''), options)) {
          expect(text.trim()).not.toBe('');
          expect(countTokens([options.name, ...headings].join(' › ')) + countTokens(text) + 2).toBeLessThanOrEqual(64);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a megabyte of any one shape takes no more than its share of time', () => {
    const shapes = [
      'word ',
      'x',
      '\n',
      '# H\n\n',
      '| a | b |\n|---|---|\n',
      '- item\n',
      '```\n',
      '. ',
      '   ',
      'a\n\n',
      '漢',
    ];
    for (const shape of shapes) {
      const started = performance.now();
      chunkMarkdown(shape.repeat(Math.ceil(1_000_000 / shape.length)), options);
      expect(performance.now() - started, JSON.stringify(shape)).toBeLessThan(10_000);
    }
  }, 120_000);
});
