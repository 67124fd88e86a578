import type { ModelFailureKind, TokenUsage } from '../../core/language-models/index.ts';

export interface ModelFailureOptions {
  readonly cause?: unknown;
  /** When the provider says that a retry may succeed. */
  readonly retryAfterMs?: number;
  /** What the provider said. Untrusted, may hold keys: to be cleaned before it is shown. */
  readonly said?: string;
  /** What was used up nevertheless. */
  readonly usage?: TokenUsage;
}

/** One call of one model that gave nothing. The chain catches it and asks the next. */
export class ModelFailure extends Error {
  readonly kind: ModelFailureKind;
  readonly retryAfterMs: number | undefined;
  readonly said: string | undefined;
  readonly usage: TokenUsage | undefined;

  constructor(kind: ModelFailureKind, message: string, options: ModelFailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ModelFailure';
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
    this.said = options.said;
    this.usage = options.usage;
  }
}

/** Kinds that a second try soon after may not meet again. */
const passing: ReadonlySet<ModelFailureKind> = new Set(['unreachable', 'cut', 'overloaded', 'not_an_api']);

export function isPassing({ kind, retryAfterMs }: ModelFailure): boolean {
  return passing.has(kind) && (retryAfterMs ?? 0) <= 1000;
}

/** What one request asked for, or one answer lacked; it says nothing about the next request. */
const ofOneRequest: ReadonlySet<ModelFailureKind> = new Set(['refused', 'nonsense', 'too_large']);

/**
 * Whether a failure tells that further calls will fail too. Failures that a question can bring about do not count:
 * otherwise one user's question could switch the model off for all.
 */
export function isOfModel({ kind }: ModelFailure): boolean {
  return !ofOneRequest.has(kind);
}
