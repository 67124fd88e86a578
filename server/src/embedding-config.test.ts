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
const embeddingOf = (env: Record<string, string>) => parseConfig(env).embedding;

describe('the settings of the embedding model', () => {
  it('name the bundled model by themselves, whatever keys there are', () => {
    expect(embeddingOf({ OPENAI_API_KEY: 'sk-one', LLM_BASE_URL: 'http://vllm:8000/v1' })).toEqual({ kind: 'local' });
    expect(embeddingOf({ EMBEDDING_PROVIDER: 'None' })).toEqual({ kind: 'none' });
  });

  it('take the key and address that the provider has for language models', () => {
    const shared = { OPENAI_API_KEY: 'sk-one', OPENAI_BASE_URL: 'https://proxy.example.com/v1/' };
    expect(embeddingOf({ ...shared, EMBEDDING_PROVIDER: 'OpenAI:text-embedding-3-small' })).toEqual({
      kind: 'remote',
      name: { provider: 'openai', model: 'text-embedding-3-small' },
      settings: { apiKey: 'sk-one', baseUrl: 'https://proxy.example.com/v1' },
      dimensions: undefined,
    });
    expect(embeddingOf({ EMBEDDING_PROVIDER: 'ollama:nomic-embed-text:v1.5' })).toMatchObject({
      name: { provider: 'ollama', model: 'nomic-embed-text:v1.5' },
      settings: { baseUrl: 'http://127.0.0.1:11434' },
    });
  });

  it('prefer its own', () => {
    const own = {
      EMBEDDING_API_KEY: 'sk-own',
      EMBEDDING_BASE_URL: 'https://own.example.com/v1',
      EMBEDDING_DIMENSIONS: '256',
    };
    const openai = { ...own, EMBEDDING_PROVIDER: 'openai:text-embedding-3-small', OPENAI_API_KEY: 'sk-one' };
    expect(embeddingOf(openai)).toMatchObject({
      settings: { apiKey: 'sk-own', baseUrl: 'https://own.example.com/v1' },
      dimensions: 256,
    });
    const ollama = { EMBEDDING_PROVIDER: 'ollama:bge-m3', EMBEDDING_BASE_URL: 'http://gpu:11434/v1/' };
    expect(embeddingOf(ollama)).toMatchObject({ settings: { baseUrl: 'http://gpu:11434' } });
  });

  it('never send the key of another address', () => {
    const env = { EMBEDDING_PROVIDER: 'compatible:words', LLM_BASE_URL: 'http://vllm:8000/v1', LLM_API_KEY: 'sk-vllm' };
    expect(embeddingOf(env)).toMatchObject({ settings: { baseUrl: 'http://vllm:8000/v1', apiKey: 'sk-vllm' } });
    const { settings } = embeddingOf({ ...env, EMBEDDING_BASE_URL: 'http://other:8000/v1' }) as { settings: object };
    expect(settings).toEqual({ baseUrl: 'http://other:8000/v1' });
  });

  it.each([
    [{ EMBEDDING_PROVIDER: 'cloud' }, /"cloud"; it must be local, none, or a model as PROVIDER:MODEL/],
    [{ EMBEDDING_PROVIDER: 'openai' }, /such as openai:text-embedding-3-small/],
    [{ EMBEDDING_PROVIDER: 'anthropic:claude' }, /providers are openai, google/],
    [{ EMBEDDING_PROVIDER: 'openai:a' }, /needs EMBEDDING_API_KEY or OPENAI_API_KEY/],
    [{ EMBEDDING_PROVIDER: 'compatible:a' }, /needs EMBEDDING_BASE_URL/],
    [{ EMBEDDING_PROVIDER: 'azure:a', EMBEDDING_API_KEY: 'k' }, /needs AZURE_RESOURCE_NAME/],
    [{ EMBEDDING_PROVIDER: 'bedrock:a', EMBEDDING_API_KEY: 'k' }, /needs AWS_REGION/],
    [
      { EMBEDDING_PROVIDER: 'openai:a', OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'nowhere' },
      /needs OPENAI_BASE_URL to be/,
    ],
    [{ EMBEDDING_DIMENSIONS: '0' }, /EMBEDDING_DIMENSIONS is "0"; it must be a whole number from 1 to 8192/],
    [{ EMBEDDING_BASE_URL: 'ftp://a' }, /EMBEDDING_BASE_URL is "ftp:\/\/a"/],
  ])('are refused with the mistake named: %j', (env, problem) => {
    expect(problemsOf(env)).toEqual([expect.stringMatching(problem)]);
  });

  it('that have no effect are warned of', () => {
    const { warnings } = parseConfig({ EMBEDDING_DIMENSIONS: '256', EMBEDDING_API_KEY: 'sk-own' });
    expect(warnings).toEqual([
      'EMBEDDING_DIMENSIONS has no effect while EMBEDDING_PROVIDER is local.',
      'EMBEDDING_API_KEY has no effect while EMBEDDING_PROVIDER is local.',
    ]);
  });
});
