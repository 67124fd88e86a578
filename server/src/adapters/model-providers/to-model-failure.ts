import { ModelFailure } from './model-failure.ts';

/** The fields that `APICallError` of the SDK has; its class is not loaded before a model is used. */
interface ApiCallError extends Error {
  readonly statusCode?: number;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly responseBody?: string;
}

/** What went wrong with a call of the SDK, as one of our kinds. */
export function toModelFailure(error: unknown): ModelFailure {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ModelFailure) return cause;
  }
  if (isApiCallError(error)) return fromApi(error);
  if (error instanceof Error && /^AI_Load(APIKey|Setting)Error$/.test(error.name)) {
    return new ModelFailure('wrong_key', 'A setting is missing.', { cause: error });
  }
  return new ModelFailure('unexpected', 'The call failed in an unexpected way.', { cause: error });
}

function isApiCallError(error: unknown): error is ApiCallError {
  return error instanceof Error && error.name === 'AI_APICallError';
}

function fromApi(error: ApiCallError): ModelFailure {
  const status = error.statusCode;
  if (status === undefined) {
    const code = networkCode(error);
    return new ModelFailure('unreachable', 'No connection.', {
      cause: error,
      ...(code === undefined ? {} : { said: code }),
    });
  }
  const said = error.responseBody ?? '';
  const retryAfterMs = parseRetryAfter(error.responseHeaders ?? {});
  return new ModelFailure(kindOf(status, said), `The provider answered with status ${status}.`, {
    cause: error,
    said,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function kindOf(status: number, said: string): ModelFailure['kind'] {
  if (status < 400) return 'not_an_api';
  if (status === 402) return 'out_of_credit';
  if (status === 429) return /insufficient_quota|credit|billing/i.test(said) ? 'out_of_credit' : 'limit_reached';
  if (status === 401 || status === 403) return 'wrong_key';
  if (status === 404) return 'unknown_model';
  if (status === 408 || status >= 500) return 'overloaded';
  // Google refuses a wrong key with 400, Anthropic an empty account, and several providers an unknown model.
  if (/api[_ ]key[_ ](not[_ ]valid|invalid)/i.test(said)) return 'wrong_key';
  if (/credit balance is too low/i.test(said)) return 'out_of_credit';
  if (/model_not_found|invalid_model|unknown model|model identifier is invalid/i.test(said)) return 'unknown_model';
  return 'refused';
}

/** See https://www.rfc-editor.org/rfc/rfc9110#field.retry-after; some providers say it in milliseconds besides. */
function parseRetryAfter(headers: Readonly<Record<string, string>>): number | undefined {
  const milliseconds = Number.parseFloat(headers['retry-after-ms'] ?? '');
  if (milliseconds >= 0) return milliseconds;
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** Such as ECONNREFUSED: of the first cause that has one. */
function networkCode(error: Error): string | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return undefined;
}
