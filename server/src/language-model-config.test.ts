import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from './config.ts';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const mini = { provider: 'openai', model: 'gpt-5-mini' };
const haiku = { provider: 'anthropic', model: 'claude-haiku-4-5' };
const keys = { OPENAI_API_KEY: 'sk-one', ANTHROPIC_API_KEY: 'sk-two' };

describe('the settings of language models', () => {
  it('name no model by themselves, whatever keys there are', () => {
    const { chains } = parseConfig({
      ...keys,
      GROQ_API_KEY: 'gsk',
      AWS_ACCESS_KEY_ID: 'AKIA',
      AWS_REGION: 'auto',
    }).languageModels;
    expect(chains).toEqual({ classic: [], agentic: [], answer: [] });
  });

  it('take one chain for all tasks, and another or none for one of them', () => {
    const { chains } = parseConfig({
      ...keys,
      LLM_MODELS: 'openai:gpt-5-mini, Anthropic:claude-haiku-4-5,',
      LLM_CLASSIC_MODELS: 'ollama:llama3.2:3b',
      LLM_ANSWER_MODELS: 'none',
    }).languageModels;
    expect(chains).toEqual({
      classic: [{ provider: 'ollama', model: 'llama3.2:3b' }],
      agentic: [mini, haiku],
      answer: [],
    });
  });

  it('take the older name of the chain', () => {
    const { chains } = parseConfig({ ...keys, LLM_FALLBACK_CHAIN: 'openai:gpt-5-mini' }).languageModels;
    expect(chains.agentic).toEqual([mini]);
    expect(problemsOf({ ...keys, LLM_MODELS: 'openai:a', LLM_FALLBACK_CHAIN: 'openai:b' })).toEqual([
      expect.stringContaining('leave LLM_FALLBACK_CHAIN out'),
    ]);
  });

  it('give each provider its key and address', () => {
    const { providers } = parseConfig({
      ...{ LLM_MODELS: 'openai:a,anthropic:b,azure:c,bedrock:d,compatible:e,ollama:f', OPENAI_API_KEY: 'sk-one' },
      ...{ ANTHROPIC_API_KEY: 'sk-two', ANTHROPIC_BASE_URL: 'https://proxy.example.com/', OPENAI_BASE_URL: '' },
      ...{ AZURE_API_KEY: 'az', AZURE_RESOURCE_NAME: 'my-company', AWS_REGION: 'eu-central-1' },
      ...{ AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'aws', LLM_BASE_URL: 'http://vllm:8000/v1/' },
    }).languageModels;
    expect(providers).toMatchObject({
      openai: { apiKey: 'sk-one' },
      anthropic: { apiKey: 'sk-two', baseUrl: 'https://proxy.example.com/v1' },
      azure: { apiKey: 'az', resourceName: 'my-company' },
      bedrock: { region: 'eu-central-1', accessKeyId: 'AKIA', secretAccessKey: 'aws' },
      compatible: { baseUrl: 'http://vllm:8000/v1' },
      ollama: { baseUrl: 'http://127.0.0.1:11434' },
    });
    expect(providers.openai).toEqual({ apiKey: 'sk-one' });
  });

  it('read the time of a call, the size of the context and prices', () => {
    const settings = parseConfig({
      ...{ LLM_TIMEOUT_SECONDS: '20', LLM_CONTEXT_TOKENS: '32000' },
      LLM_PRICES: 'openai:gpt-5-mini=0.25/2/0.025, compatible:mine=0/0',
    }).languageModels;
    expect(settings).toMatchObject({ timeoutMs: 20_000, contextTokens: 32_000 });
    expect([...settings.prices]).toEqual([
      ['openai:gpt-5-mini', { input: 0.25, output: 2, cachedInput: 0.025 }],
      ['compatible:mine', { input: 0, output: 0 }],
    ]);
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ LLM_MODELS: 'gpt-5-mini' }, /LLM_MODELS is "gpt-5-mini"; it must be models as PROVIDER:MODEL/],
    [{ LLM_MODELS: 'together:zai-glm-5' }, /providers are openai, anthropic, .* compatible\. For example/],
    [{ LLM_AGENTIC_MODELS: 'openai:' }, /LLM_AGENTIC_MODELS is "openai:"/],
    [{ LLM_MODELS: ',' }, /LLM_MODELS is ","/],
    [{ LLM_MODELS: 'openai:a' }, /LLM_MODELS names a model of openai, which needs OPENAI_API_KEY\./],
    [{ LLM_ANSWER_MODELS: 'azure:a' }, /LLM_ANSWER_MODELS names .* AZURE_API_KEY, and AZURE_RESOURCE_NAME/],
    [
      { LLM_MODELS: 'azure:a', AZURE_API_KEY: 'k', AZURE_RESOURCE_NAME: 'a.example.com/#' },
      /needs AZURE_RESOURCE_NAME, the name of the resource alone/,
    ],
    [{ LLM_MODELS: 'bedrock:a' }, /AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and .*, and AWS_REGION/],
    [{ LLM_MODELS: 'bedrock:a', AWS_BEARER_TOKEN_BEDROCK: 'k', AWS_REGION: 'x/' }, /AWS_REGION, a region such as/],
    [{ LLM_MODELS: 'compatible:a' }, /needs LLM_BASE_URL/],
    [{ LLM_BASE_URL: 'vllm:8000' }, /LLM_BASE_URL is "vllm:8000"; it must be an address/],
    [
      { LLM_MODELS: 'openai:a', OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'https://u:hunter2@h/v1' },
      /OPENAI_BASE_URL to be an address such as .*without user/,
    ],
    [{ LLM_TIMEOUT_SECONDS: '0' }, /whole number of seconds from 1 to 300/],
    [{ LLM_CONTEXT_TOKENS: 'many' }, /whole number of tokens/],
    [{ LLM_PRICES: 'openai:a=free' }, /prices as PROVIDER:MODEL=INPUT\/OUTPUT/],
    [{ LLM_PRICES: 'openai:a=1.2.3/4' }, /prices as PROVIDER:MODEL=INPUT\/OUTPUT/],
    [{ OLLAMA_URL: 'localhost' }, /OLLAMA_URL is "localhost"/],
  ])('name the mistake and its fix: %j', (env, message) => {
    const problems = problemsOf(env);
    expect(problems).toEqual([expect.stringMatching(message)]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('name every provider that lacks something, once', () => {
    expect(problemsOf({ LLM_MODELS: 'openai:a,openai:b,groq:c', LLM_CLASSIC_MODELS: 'openai:d' })).toHaveLength(2);
  });
});
