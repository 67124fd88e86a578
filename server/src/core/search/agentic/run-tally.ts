import type { ModelTurn } from '../../language-models/index.ts';
import type { AgenticEvent, AgenticRun } from './agentic-search.ts';
import type { AgenticLimits } from './limits.ts';
import type { SeenPassages } from './seen-passages.ts';

type Ending = AgenticRun['endedBecause'];

/** Counts what one search takes, and tells of it. */
export class RunTally {
  readonly #limits: AgenticLimits;
  readonly #onEvent: (event: AgenticEvent) => void;
  readonly #models = new Set<string>();
  #rounds = 0;
  #toolCalls = 0;
  #retries = 0;
  #inputTokens = 0;
  #outputTokens = 0;
  #cachedInputTokens = 0;
  #cacheWriteTokens = 0;
  #cost: number | null = 0;
  nudges = 0;

  constructor(limits: AgenticLimits, onEvent: (event: AgenticEvent) => void) {
    this.#limits = limits;
    this.#onEvent = onEvent;
  }

  /** The round that is going on, from 0. */
  get iteration(): number {
    return Math.max(0, this.#rounds - 1);
  }

  get rounds(): number {
    return this.#rounds;
  }

  beginRound(): void {
    this.#rounds += 1;
  }

  addTurn(turn: ModelTurn): void {
    this.#models.add(turn.model);
    this.#retries += turn.retries;
    this.#inputTokens += turn.usage.inputTokens;
    this.#outputTokens += turn.usage.outputTokens;
    this.#cachedInputTokens += turn.usage.cachedInputTokens;
    this.#cacheWriteTokens += turn.usage.cacheWriteTokens;
    this.#cost = this.#cost === null || turn.cost === null ? null : this.#cost + turn.cost;
  }

  think(event: Omit<Extract<AgenticEvent, { kind: 'thinking' }>, 'kind' | 'iteration'>): void {
    this.#onEvent({ kind: 'thinking', iteration: this.iteration, ...event });
  }

  callTool(event: Omit<Extract<AgenticEvent, { kind: 'tool_call' }>, 'kind' | 'iteration'>): void {
    this.#toolCalls += 1;
    this.#onEvent({ kind: 'tool_call', iteration: this.iteration, ...event });
  }

  get toolCalls(): number {
    return this.#toolCalls;
  }

  get callsLeft(): number {
    return Math.max(0, this.#limits.maxToolCalls - this.#toolCalls);
  }

  get roundsLeft(): number {
    return Math.max(0, this.#limits.maxRounds - this.#rounds);
  }

  /** The limit that is reached, if any. */
  get exhausted(): Ending | undefined {
    if (this.#inputTokens + this.#outputTokens >= this.#limits.maxTokens) return 'out_of_tokens';
    if (this.callsLeft === 0) return 'out_of_calls';
    if (this.roundsLeft === 0) return 'out_of_rounds';
    return undefined;
  }

  toRun(seen: SeenPassages, ending: Pick<AgenticRun, 'planner' | 'fallbackReason' | 'endedBecause'>): AgenticRun {
    return {
      ...ending,
      models: [...this.#models],
      rounds: this.#rounds,
      toolCalls: this.#toolCalls,
      retries: this.#retries,
      nudges: this.nudges,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      cachedInputTokens: this.#cachedInputTokens,
      cacheWriteTokens: this.#cacheWriteTokens,
      cost: this.#cost,
      seenIds: seen.seenKeys,
      readIds: seen.readKeys,
      collectedIds: seen.collectedKeys,
    };
  }
}
