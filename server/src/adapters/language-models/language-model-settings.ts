import type { ModelTask } from '../../core/language-models/index.ts';
import type { ModelName, ProviderName, ProviderSettings } from '../model-providers/provider-settings.ts';

export * from '../model-providers/provider-settings.ts';

/** US dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** Input that the provider had cached; default: as `input`. */
  readonly cachedInput?: number;
  /** Input written to the provider's cache; default: as `input`. */
  readonly cacheWrite?: number;
}

export interface LanguageModelSettings {
  /** First asked first; a task without models is done by rules. */
  readonly chains: Readonly<Record<ModelTask, readonly ModelName[]>>;
  readonly providers: { readonly [Provider in ProviderName]?: ProviderSettings };
  /** Of one call; undefined: 60 s for agentic search, else 30 s. */
  readonly timeoutMs: number | undefined;
  /** Of every model; undefined: what is known of each. */
  readonly contextTokens: number | undefined;
  /** By `<provider>:<model>`; they win over the known ones. */
  readonly prices: ReadonlyMap<string, ModelPrice>;
}
