type ChildErrorCode = 'died' | 'timed_out' | 'out_of_memory' | 'failed';

/**
 * A request to a child process that got no answer.
 *
 * - `died`: the process ended by itself or was killed from outside; may not be the request's fault
 * - `timed_out`, `out_of_memory`: the pool killed it for passing its limit
 * - `failed`: the child lives, its handler threw; the message is the handler's
 */
export class ChildError extends Error {
  readonly code: ChildErrorCode;

  constructor(code: ChildErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ChildError';
    this.code = code;
  }
}

export function isChildError(error: unknown, code?: ChildErrorCode): error is ChildError {
  return error instanceof ChildError && (code === undefined || error.code === code);
}
