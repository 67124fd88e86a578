import { expect, test } from 'vitest';
import type { ModelTurn } from '../../language-models/index.ts';
import { Conversation } from './conversation.ts';

const turn = (id: string): ModelTurn => ({
  ...{ text: 'x '.repeat(200), reasoning: null, raw: null, model: 'm', cost: 0, retries: 0 },
  toolCalls: [{ id, name: 'search', input: {} }],
  usage: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0 },
});
const result = (callId: string) => ({ callId, name: 'search', text: 'full '.repeat(100), digest: 'short' });

function rounds(count: number): Conversation {
  const conversation = new Conversation();
  conversation.addUser('The question');
  for (let round = 0; round < count; round += 1) {
    conversation.addTurn(turn(`${round}`));
    conversation.compress();
    conversation.addResults([result(`${round}`)]);
  }
  return conversation;
}

test('results are told in full once, then in a line', () => {
  const told = rounds(3)
    .messages('Go on')
    .map((message) => (message.role === 'tools' ? message.results[0]?.text.slice(0, 5) : message.role));
  expect(told).toEqual(['user', 'model', 'short', 'model', 'short', 'model', 'full ', 'user']);
});

test('the oldest rounds go first, a turn with its results, never the question nor the last round', () => {
  const conversation = rounds(3);
  expect(conversation.shrinkTo(500)).toBe(true);
  expect(conversation.messages().map(({ role }) => role)).toEqual(['user', 'model', 'tools']);
  expect(conversation.shrinkTo(10)).toBe(false);
  expect(conversation.messages()).toHaveLength(3);
});
