import type { ModelMessage, ModelTurn } from '../../language-models/index.ts';
import { estimateTokens } from '../tools/estimate-tokens.ts';

interface ToolResult {
  readonly callId: string;
  readonly name: string;
  readonly text: string;
  readonly digest: string;
}

type Entry =
  | { readonly kind: 'user'; readonly text: string; readonly tokens: number }
  | { readonly kind: 'turn'; readonly turn: ModelTurn; readonly tokens: number }
  | {
      readonly kind: 'tools';
      readonly results: readonly ToolResult[];
      readonly tokens: number;
      readonly isDigest: boolean;
    };

/**
 * What a model has been told so far. Results of tools are told in full once; from the next round on each is one line, since a
 * model has taken what it needs by then, and what it did not need must not fill its window.
 */
export class Conversation {
  #entries: readonly Entry[] = [];

  addUser(text: string): void {
    this.#entries = [...this.#entries, { kind: 'user', text, tokens: estimateTokens(text) }];
  }

  addTurn(turn: ModelTurn): void {
    // Twice what was written covers what providers keep of the reasoning.
    const tokens = estimateTokens(turn.text) + estimateTokens(turn.reasoning ?? '') + estimateCalls(turn);
    this.#entries = [...this.#entries, { kind: 'turn', turn, tokens }];
  }

  addResults(results: readonly ToolResult[]): void {
    const tokens = results.reduce((sum, { text }) => sum + estimateTokens(text) + 20, 0);
    this.#entries = [...this.#entries, { kind: 'tools', results, tokens, isDigest: false }];
  }

  /** Shortens what has been told before. */
  compress(): void {
    this.#entries = this.#entries.map((entry) => (entry.kind === 'tools' && !entry.isDigest ? toDigest(entry) : entry));
  }

  /**
   * Leaves out the oldest rounds, all but the question, until no more than this is left. A turn and the results of its calls go
   * together: providers refuse one without the other.
   * @returns whether that could be done
   */
  shrinkTo(maxTokens: number): boolean {
    while (this.tokens > maxTokens) {
      const [question, ...rest] = this.#entries;
      const turns = rest.flatMap((entry, place) => (entry.kind === 'turn' ? [place] : []));
      const second = turns[1];
      if (question === undefined || second === undefined) return false;
      this.#entries = [question, ...rest.slice(second)];
    }
    return true;
  }

  get tokens(): number {
    return this.#entries.reduce((sum, { tokens }) => sum + tokens + 10, 0);
  }

  /** @param reminder said last, this time only */
  messages(reminder?: string): readonly ModelMessage[] {
    const said = this.#entries.map((entry): ModelMessage => {
      if (entry.kind === 'user') return { role: 'user', text: entry.text };
      if (entry.kind === 'turn') return { role: 'model', turn: entry.turn };
      return {
        role: 'tools',
        results: entry.results.map(({ callId, name, text }) => ({ callId, name, text })),
      };
    });
    return reminder === undefined ? said : [...said, { role: 'user', text: reminder }];
  }
}

function estimateCalls({ toolCalls }: ModelTurn): number {
  return toolCalls.reduce((sum, { name, input }) => sum + estimateTokens(name + (JSON.stringify(input) ?? '')) + 20, 0);
}

function toDigest(entry: Extract<Entry, { kind: 'tools' }>): Entry {
  const results = entry.results.map((result) => ({ ...result, text: result.digest }));
  const tokens = results.reduce((sum, { text }) => sum + estimateTokens(text) + 20, 0);
  return { ...entry, results, tokens, isDigest: true };
}
