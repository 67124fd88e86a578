import { expect, it } from 'vitest';
import { displayWidth } from './display-width.ts';
import { createPaint } from './paint.ts';
import { renderResults } from './render-results.ts';

const now = new Date('2026-03-10T12:00:00Z');
const layout = { query: 'paint the lantern', width: 60, paint: createPaint(false), now };
const harbour = {
  name: 'harbour.md',
  relevance_score: 0.934,
  updated_at: '2026-03-08T09:00:00Z',
  textual_representation:
    '# Harbour\n\nThe lighthouse keeper at Skagen paints the lantern room green every ninth spring.',
  raw_source_fields: { path: 'notes/harbour.md' },
  web_url: 'file:///home/me/notes/harbour.md',
};

it('shows rank, name, score, place, date and the passage, within the width', () => {
  const text = renderResults([harbour, { ...harbour, name: 'second.md', relevance_score: 0.5 }], layout);
  expect(text).toMatchInlineSnapshot(`
    " 1  harbour.md                                          0.93
        notes/harbour.md  ·  2 days ago
        # Harbour The lighthouse keeper at Skagen paints the
        lantern room green every ninth spring.

     2  second.md                                           0.50
        notes/harbour.md  ·  2 days ago
        # Harbour The lighthouse keeper at Skagen paints the
        lantern room green every ninth spring."
  `);
  expect(text.split('\n').every((line) => displayWidth(line) <= 60)).toBe(true);
});

it('marks words of the query, also where they go on', () => {
  const text = renderResults([harbour], { ...layout, paint: createPaint(true) });
  expect(text).toContain('\u001b[1m\u001b[33mpaints\u001b[39m\u001b[22m');
  expect(text).toContain('\u001b[1m\u001b[33mlantern\u001b[39m\u001b[22m');
});

it('shows the part of a long passage that holds the words', () => {
  const filler = 'Nothing of interest stands in this part of the text. '.repeat(20);
  const text = renderResults(
    [{ ...harbour, textual_representation: `${filler}The lantern is here. ${filler}` }],
    layout,
  );
  expect(text).toContain('lantern is here');
  expect(text.split('\n').length).toBeLessThanOrEqual(8);
  expect(text.split('\n').every((line) => displayWidth(line) <= 60)).toBe(true);
});

it('survives a result that has nothing, and a query of signs only', () => {
  expect(renderResults([{}], { ...layout, query: '.* [ (', paint: createPaint(true) })).toContain('(no name)');
});

it('prints no escape sequence from a document', () => {
  const evil = { ...harbour, name: '\u001b]8;;http://x\u0007click', textual_representation: 'a\u001b[2Jb\u0007' };
  expect(renderResults([evil], layout)).not.toMatch(/\p{Cc}(?<!\n)/u);
});
