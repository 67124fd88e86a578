import { expect, test } from 'vitest';
import { type Script, startScriptedModelServer } from './scripted-model-server.ts';

async function call(script: Script, body: object, signal?: AbortSignal): Promise<Response> {
  await using server = await startScriptedModelServer(script);
  const response = await fetch(`${server.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  return new Response(await response.text(), { status: response.status, headers: response.headers });
}

test('answers text as a chat completion and hands the script what was asked', async () => {
  await using server = await startScriptedModelServer(({ system, prompt }) => `${system}|${prompt}`);
  const response = await fetch(`${server.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
      ],
    }),
  });
  expect(await response.json()).toMatchObject({
    model: 'm',
    choices: [{ message: { content: 'Be brief.|Hello' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 100, completion_tokens: 20 },
  });
  expect(server.requests).toMatchObject([{ path: '/v1/chat/completions', model: 'm', tools: [], prompt: 'Hello' }]);
});

test('answers objects and tool calls', async () => {
  expect(await (await call(() => ({ object: { a: 1 } }), {})).json()).toMatchObject({
    choices: [{ message: { content: '{"a":1}' } }],
  });
  const calls = { toolCalls: [{ name: 'search', input: { query: 'x' } }] };
  expect(await (await call(() => calls, {})).json()).toMatchObject({
    choices: [
      {
        message: { tool_calls: [{ type: 'function', function: { name: 'search', arguments: '{"query":"x"}' } }] },
        finish_reason: 'tool_calls',
      },
    ],
  });
});

test('fails as it is told to', async () => {
  const limited = await call(
    () => ({ status: 429, headers: { 'retry-after': '7' }, body: { error: 'slow down' } }),
    {},
  );
  expect([limited.status, limited.headers.get('retry-after'), await limited.json()]).toEqual([
    429,
    '7',
    { error: 'slow down' },
  ]);
  expect((await (await call(() => ({ failure: 'megabyte' }), {})).text()).length).toBeGreaterThan(1_048_576);
  await expect((await call(() => ({ failure: 'invalid-json' }), {})).json()).rejects.toThrow(SyntaxError);
  await expect(call(() => ({ failure: 'cut' }), {})).rejects.toThrow();
  await expect(call(() => ({ failure: 'hang' }), {}, AbortSignal.timeout(50))).rejects.toThrow(/timeout/);
  const broken = () => {
    throw new Error('script is wrong');
  };
  expect((await call(broken, {})).status).toBe(500);
});

test('lists its model', async () => {
  await using server = await startScriptedModelServer(() => '');
  expect(await (await fetch(`${server.url}/models`)).json()).toMatchObject({ data: [{ id: 'scripted' }] });
});
