import { expect, test } from 'vitest';
import { checkCitations, isQuoted } from './check-citations.ts';

const shown = new Map([
  ['a__chunk_0', 'The lease ends in June 2027. It’s “final” — signed by Anna.'],
  ['b__chunk_0', 'The rent is 900 a month.'],
]);

test.each([
  ['as it is', 'The lease ends in June 2027.', true],
  ['with other white space and case', 'the LEASE\n ends  in June', true],
  ['with other quotation marks and dashes', `It's "final" - signed`, true],
  ['with hidden characters', 'The lea\u200bse ends in June', true],
  ['of other words', 'The lease ends in July 2027.', false],
  ['put together from two places', 'The lease ends signed by Anna', false],
  ['too short to prove anything', 'The', false],
  ['of nothing', '', false],
])('a quotation %s', (_, quote, isThere) => {
  expect(isQuoted(shown.get('a__chunk_0') ?? '', quote)).toBe(isThere);
});

test('citations of what was not read, or does not say so, are dropped, and the others numbered anew', () => {
  const checked = checkCitations(
    {
      answer: 'It is far away [1]. It ends in 2027 [2][4]. The rent is 900 [3, 4]. See [a] and [17].',
      citations: [
        { entityId: 'never-read__chunk_0', quote: 'The lease ends in June 2027.' },
        { entityId: 'a__chunk_0', quote: 'ends in June 2027' },
        { entityId: 'b__chunk_0', quote: 'The rent is 1 a month' },
        { entityId: 'b__chunk_0', quote: 'rent is 900 a month' },
      ],
    },
    shown,
  );
  expect(checked.answer).toBe('It is far away. It ends in 2027 [1][2]. The rent is 900 [2]. See [a] and.');
  expect(checked.citations.map(({ entityId }) => entityId)).toEqual(['a__chunk_0', 'b__chunk_0']);
  expect(checked.dropped).toBe(2);
});

test('an answer without any proof is dropped', () => {
  const citations = [{ entityId: 'a__chunk_0', quote: 'The moon is made of cheese' }];
  expect(checkCitations({ answer: 'It is [1].', citations }, shown)).toEqual({
    answer: null,
    citations: [],
    dropped: 1,
  });
});
