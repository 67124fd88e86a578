/** One thing that is wrong with a request. */
export interface Problem {
  /** Where: `['body', 'name']`, `['query', 'limit']`. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  /** Its code, such as `missing`. */
  readonly type: string;
}

/** The server refused a request, or failed; the message is what it said. */
export class ApiError extends Error {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** What is wrong with the request, one by one; empty unless it did not fit its schema (422). */
  readonly problems: readonly Problem[];
  /** When to try again, where the server says so. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, message: string, problems: readonly Problem[], retryAfterMs: number | undefined) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.problems = problems;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What every method of the client gives. */
interface Outcome<Answer> {
  readonly data?: Answer;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * The answer of a call.
 *
 * @throws ApiError for every status of 400 and more
 */
export async function answerOf<Answer>(call: Promise<Outcome<Answer>>): Promise<Exclude<Answer, undefined>> {
  const { data, error, response } = await call;
  if (!response.ok) throw toApiError(response, error);
  // Answers without a body are `undefined` in their type already.
  return data as Exclude<Answer, undefined>;
}

function toApiError(response: Response, error: unknown): ApiError {
  const detail = typeof error === 'object' && error !== null && 'detail' in error ? error.detail : undefined;
  const problems = Array.isArray(detail) ? detail.filter(isProblem) : [];
  const words = problems.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ');
  const message =
    typeof detail === 'string' ? detail : words === '' ? `The server answered ${response.status}.` : words;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(response.status, message, problems, Number.isNaN(retryAfter) ? undefined : retryAfter * 1000);
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  const { loc, msg, type } = value as Partial<Record<keyof Problem, unknown>>;
  return Array.isArray(loc) && typeof msg === 'string' && typeof type === 'string';
}
