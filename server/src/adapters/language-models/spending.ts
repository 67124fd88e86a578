import type { ModelCall, TokenUsage } from '../../core/language-models/index.ts';

export const noUsage: TokenUsage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0 };

export function addUsage(one: TokenUsage, other: TokenUsage): TokenUsage {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    cachedInputTokens: one.cachedInputTokens + other.cachedInputTokens,
    cacheWriteTokens: one.cacheWriteTokens + other.cacheWriteTokens,
  };
}

/** What one request used up at all the models that were asked: answers of no use are paid as well. */
export class Spending {
  #usage = noUsage;
  #cost: number | null = 0;
  #failures = 0;

  add(usage: TokenUsage, cost: number | null): void {
    this.#usage = addUsage(this.#usage, usage);
    this.#cost = cost === null || this.#cost === null ? null : this.#cost + cost;
  }

  addFailure(): void {
    this.#failures += 1;
  }

  /** @param model who answered in the end */
  toCall(model: string): ModelCall {
    return { model, usage: this.#usage, cost: this.#cost, retries: this.#failures };
  }
}
