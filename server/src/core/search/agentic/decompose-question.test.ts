import { expect, test } from 'vitest';
import { decomposeQuestion, namesIn } from './decompose-question.ts';

test.each<readonly [string, readonly string[]]>([
  ['When does the lease end?', []],
  ['coffee and tea in the kitchen', []],
  ['When does the lease end? Who signed the contract?', ['When does the lease end?', 'Who signed the contract?']],
  [
    'what is the budget for travel and who approves travel requests',
    ['what is the budget for travel', 'who approves travel requests'],
  ],
  ['What is the difference between plan Basic and plan Pro?', ['plan Basic', 'plan Pro']],
  ['compare Postgres with MySQL', ['Postgres', 'MySQL']],
  ['LanceDB vs OpenSearch', ['LanceDB', 'OpenSearch']],
  ['Hi. Who are you?', []],
  ['x'.repeat(700), []],
])('%j has the parts %j', (question, parts) => {
  expect(decomposeQuestion(question)).toEqual(parts);
});

test('names are capitals within a sentence, and codes', () => {
  expect(namesIn('The lease was signed by Anna Berg. It is about flat B52 in Bad Homburg.')).toEqual([
    'Anna Berg',
    'B52',
    'Bad Homburg',
  ]);
  expect(namesIn('When does it end?')).toEqual([]);
});
