import { expect, test } from 'vitest';
import { runWeft } from './__fixtures__/run-weft.ts';
import { startTestServer } from './__fixtures__/test-server.ts';

const list = {
  tasks: { classic: ['openai:gpt-5-mini'], agentic: ['openai:gpt-5-mini', 'ollama:llama3.2'], answer: [] },
  models: [
    {
      ...{ name: 'openai:gpt-5-mini', breaker: 'open', last_problem: { message: 'openai:gpt-5-mini is down.' } },
      since_start: { calls: 1200, failures: 3, input_tokens: 5000, output_tokens: 500, cost: 0.0123 },
    },
    { name: 'ollama:llama3.2', breaker: 'closed', last_problem: null, since_start: null },
  ],
  embedding: { model: 'all-MiniLM-L6-v2' },
};

test('models lists the chain of each task and how each model is', async () => {
  await using server = await startTestServer(() => ({ body: list }));
  const { code, out } = await runWeft(['models'], { WEFT_URL: server.url });
  expect(code).toBe(0);
  expect(out).toMatch(/agentic +openai:gpt-5-mini, then ollama:llama3\.2\nanswer +by rules/);
  expect(out).toMatch(/openai:gpt-5-mini +passed over +1,200 +3 +5,500 +\$0\.0123 +openai:gpt-5-mini is down\./);
  expect(out).toMatch(/ollama:llama3\.2 +in use/);
  expect(JSON.parse((await runWeft(['models', '--json'], { WEFT_URL: server.url })).out)).toEqual(list);
});

test('models says so when none is configured', async () => {
  const nothing = { tasks: { classic: [], agentic: [], answer: [] }, models: [], embedding: { model: 'none' } };
  await using server = await startTestServer(({ method }) => ({ body: method === 'GET' ? nothing : { models: [] } }));
  for (const command of [['models'], ['models', 'test']]) {
    expect(await runWeft(command, { WEFT_URL: server.url })).toMatchObject({
      ...{ code: 0, out: expect.stringContaining('No language model is configured') },
    });
  }
});

test('models test says what is wrong and what to do, and ends with 1', async () => {
  const problem = { message: 'It refuses the key.', fix: 'Check OPENAI_API_KEY.', detail: 'no\u001b[31m way' };
  const models = [
    { name: 'ollama:llama3.2', ok: true, latency_ms: 1234, problem: null },
    { name: 'openai:gpt-5-mini', ok: false, latency_ms: 80, problem },
  ];
  await using server = await startTestServer(() => ({ body: { models } }));
  const { code, out } = await runWeft(['models', 'test', '--task', 'agentic'], { WEFT_URL: server.url });
  expect(code).toBe(1);
  expect(out).toContain('ollama:llama3.2: answers, in 1,234 ms');
  expect(out).toContain(
    'openai:gpt-5-mini: does not work\n  It refuses the key.\n  Check OPENAI_API_KEY.\n  It said: no',
  );
  expect(out).not.toContain('\u001b');
  expect(server.seen).toMatchObject([{ method: 'POST', path: '/models/test', body: { task: 'agentic' } }]);
  expect(await runWeft(['models', 'test', '--task', 'chat'], { WEFT_URL: server.url })).toMatchObject({ code: 2 });
});
