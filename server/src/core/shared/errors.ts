/**
 * The closed list of what can go wrong from a caller's point of view. The HTTP edge maps each to a status
 * (`entrypoints/http/error-response.ts`); core only names the kind.
 */
export const errorCodes = [
  'invalid_request',
  'unprocessable',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'gone',
  'too_large',
  'rate_limited',
  'upstream_failed',
  'unavailable',
  'internal',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

export interface AppErrorOptions {
  readonly cause?: unknown;
  /** Machine-readable facts about the failure; never secrets, never document text. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** For `rate_limited` and `unavailable`: when a retry may succeed. */
  readonly retryAfterMs?: number;
}

/** An expected failure. The message is written for the person who made the call: what, why, and the fix. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** The message of anything thrown, for logs and for errors stored on a job or an entity. */
export function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
