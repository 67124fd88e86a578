import { AppError, type ErrorCode } from '../../core/shared/index.ts';
import { InvalidInputError, toProblemBody } from './validation/problem.ts';

const httpStatus = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  too_large: 413,
  unprocessable: 422,
  rate_limited: 429,
  internal: 500,
  upstream_failed: 502,
  unavailable: 503,
} satisfies Record<ErrorCode, number>;

export interface ErrorAnswer {
  readonly status: number;
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;
  /** A defect of ours: to be logged with its stack. */
  readonly isUnexpected: boolean;
}

/**
 * The one place where failures get their status and body.
 *
 * An `unprocessable` error with `details.field` names the field that a rule beyond the schema refused, and gets the body of
 * a failed validation, without the `body.` prefix. Of an error that nobody expected only its class is told: its message may
 * hold anything.
 */
export function toErrorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof InvalidInputError) return answer(422, toProblemBody(error.problems));
  if (!(error instanceof AppError)) {
    const name = error instanceof Error ? error.constructor.name : 'Error';
    return { ...answer(500, { detail: `Internal Server Error: ${name}` }), isUnexpected: true };
  }
  const field = error.details?.field;
  if (error.code === 'unprocessable' && typeof field === 'string') {
    return answer(422, toProblemBody([{ loc: [field], msg: `Value error, ${error.message}`, type: 'value_error' }]));
  }
  const retryAfter =
    error.retryAfterMs === undefined ? {} : { 'Retry-After': String(Math.ceil(error.retryAfterMs / 1000)) };
  const detail = error.code === 'internal' ? 'Internal Server Error: AppError' : error.message;
  return {
    ...answer(httpStatus[error.code], { detail }),
    headers: retryAfter,
    isUnexpected: error.code === 'internal',
  };
}

function answer(status: number, body: object): ErrorAnswer {
  return { status, body, headers: {}, isUnexpected: false };
}
