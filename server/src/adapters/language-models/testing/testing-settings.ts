import type { LanguageModelSettings, ModelName, ProviderSettings } from '../language-model-settings.ts';

/** Settings for tests: one chain for all tasks, each model at its own address. */
export function testingSettings(
  chain: readonly ModelName[],
  providers: LanguageModelSettings['providers'],
  more: Partial<LanguageModelSettings> = {},
): LanguageModelSettings {
  return {
    chains: { classic: chain, agentic: chain, answer: chain },
    providers,
    timeoutMs: undefined,
    contextTokens: undefined,
    prices: new Map(),
    ...more,
  };
}

/** One scripted model behind `compatible:scripted`, for all tasks. */
export function scriptedSettings(url: string, more: Partial<LanguageModelSettings> = {}): LanguageModelSettings {
  const compatible: ProviderSettings = { baseUrl: url, apiKey: 'sk-scripted-secret' };
  return testingSettings([{ provider: 'compatible', model: 'scripted' }], { compatible }, more);
}
