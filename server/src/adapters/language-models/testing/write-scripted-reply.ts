import type { ServerResponse } from 'node:http';
import type { ScriptedAnswer, ScriptedFailure } from './scripted-model-server.ts';

let callCount = 0;

/** Writes one reply of a script as OpenAI's chat completions would, or fails as it is told to. */
export function writeScriptedReply(
  response: ServerResponse,
  model: string,
  reply: ScriptedAnswer | ScriptedFailure,
): void {
  if (typeof reply === 'object' && 'failure' in reply) {
    fail(response, model, reply.failure);
    return;
  }
  response.setHeader('content-type', 'application/json');
  if (typeof reply === 'object' && 'status' in reply) {
    response.writeHead(reply.status, reply.headers);
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}));
    return;
  }
  response.end(toCompletion(model, reply));
}

function fail(response: ServerResponse, model: string, failure: 'hang' | 'cut' | 'megabyte' | 'invalid-json'): void {
  if (failure === 'hang') return;
  response.setHeader('content-type', 'application/json');
  const completion = toCompletion(model, failure === 'megabyte' ? 'spam '.repeat(220_000) : 'An answer.');
  const half = completion.slice(0, completion.length / 2);
  if (failure === 'cut') {
    response.setHeader('content-length', Buffer.byteLength(completion));
    response.write(half, () => response.destroy());
  } else {
    response.end(failure === 'invalid-json' ? half : completion);
  }
}

/** See https://platform.openai.com/docs/api-reference/chat/object */
function toCompletion(model: string, answer: ScriptedAnswer): string {
  callCount += 1;
  const { text, toolCalls, usage } = toParts(answer);
  const inputTokens = usage?.inputTokens ?? 100;
  const outputTokens = usage?.outputTokens ?? 20;
  return JSON.stringify({
    id: `chatcmpl-${callCount}`,
    object: 'chat.completion',
    created: 1_700_000_000,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text,
          ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
        },
        finish_reason: toolCalls.length === 0 ? 'stop' : 'tool_calls',
      },
    ],
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      prompt_tokens_details: { cached_tokens: usage?.cachedInputTokens ?? 0 },
    },
  });
}

function toParts(answer: ScriptedAnswer) {
  if (typeof answer === 'string') return { text: answer, toolCalls: [], usage: undefined };
  const { usage } = answer;
  if ('object' in answer) return { text: JSON.stringify(answer.object), toolCalls: [], usage };
  if (!('toolCalls' in answer)) return { text: answer.text, toolCalls: [], usage };
  const toolCalls = answer.toolCalls.map(({ name, input, id }, index) => ({
    id: id ?? `call_${callCount}_${index}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }));
  return { text: answer.text ?? null, toolCalls, usage };
}
