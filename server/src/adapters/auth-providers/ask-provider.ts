import type { z } from 'zod';
import { type ErrorCategory, SourceError } from '../../connector-kit/index.ts';
import { OutboundFailure, type OutboundHttp, type OutboundRequest } from '../../core/outbound/index.ts';

/** Accounts are small; more than this is no answer of theirs. */
const maxBytes = 5 * 1024 * 1024;
const timeoutMs = 30_000;
const defaultRetryAfterMs = 30_000;

export interface ProviderQuestion extends OutboundRequest {
  /** The provider, for messages. */
  readonly provider: string;
  /** What a 404 means, for a person. */
  readonly notFound: string;
}

/**
 * Sends a request to an auth provider and reads its JSON. Bodies of failures are not quoted: they may hold secrets.
 *
 * @throws SourceError: 401 and 403 are 'credentials' (`auth_provider_credentials_invalid`), 404 is 'credentials'
 *         (`auth_provider_account_gone`), 429 'rate_limited', everything else 'source'
 */
export async function askProvider<Answer>(
  http: OutboundHttp,
  { provider, notFound, ...request }: ProviderQuestion,
  schema: z.ZodType<Answer>,
): Promise<Answer> {
  const response = await http.send({ timeoutMs, maxBytes, maxRedirects: 0, ...request }).catch((cause: unknown) => {
    request.signal?.throwIfAborted();
    if (!(cause instanceof OutboundFailure)) throw cause;
    throw new SourceError(
      cause.kind === 'refused' ? 'configuration' : 'source',
      `${provider} could not be asked: ${cause.message}`,
      { cause, status: 502 },
    );
  });
  const { status } = response;
  if (status === 401 || status === 403) {
    throw credentialsError(`${provider} refuses the credentials (${status}). Check them and save them again.`, {
      status,
      category: 'auth_provider_credentials_invalid',
    });
  }
  if (status === 404) throw credentialsError(notFound, { status, category: 'auth_provider_account_gone' });
  if (status === 429) {
    const retryAfterMs = readRetryAfter(response.headers['retry-after']);
    throw new SourceError('rate_limited', `${provider} asks to wait (429).`, { status, retryAfterMs });
  }
  if (status < 200 || status > 299) {
    throw new SourceError('source', `${provider} answered with the status ${status}. Try again later.`, { status });
  }
  const parsed = schema.safeParse(parseJson(response.body));
  if (parsed.success) return parsed.data;
  throw new SourceError('source', `${provider} answered with something that is not what its documentation says.`, {
    status: 502,
  });
}

export function credentialsError(
  message: string,
  { status, category }: { readonly status?: number; readonly category: ErrorCategory },
): SourceError {
  return new SourceError('credentials', message, {
    errorCategory: category,
    ...(status === undefined ? {} : { status }),
  });
}

/** Seconds or a date, at most an hour. */
function readRetryAfter(header: string | undefined): number {
  const seconds = Number(header);
  const milliseconds = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header ?? '') - Date.now();
  return milliseconds > 0 ? Math.min(milliseconds, 3_600_000) : defaultRetryAfterMs;
}

/** Undefined for what is no JSON, which no schema takes. */
function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    // An HTML page of a proxy, for example: the caller says what is wrong.
    return undefined;
  }
}
