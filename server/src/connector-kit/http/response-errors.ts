import { SourceError } from '../source-error.ts';
import { askedWaitMs } from './asked-wait.ts';

interface ReadStatus {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Read for what it means, never repeated. */
  readonly text: string;
}

/** What a status other than success means; the message is ours, nothing of the answer is in it. */
export function toSourceError(
  answer: ReadStatus,
  asked: { readonly source: string; readonly route: string; readonly isSignedIn: boolean },
): SourceError {
  const { status } = answer;
  const { source, route } = asked;
  if (status === 401) {
    return new SourceError('credentials', `${source} does not accept the credentials any more.`, {
      status,
      errorCategory: asked.isSignedIn ? 'oauth_credentials_expired' : 'api_key_invalid',
    });
  }
  if (saysLimit(answer)) {
    const retryAfterMs = askedWaitMs(answer.headers, Date.now()) ?? defaultWaitMs;
    return new SourceError('rate_limited', `${source} says that it was asked too often.`, { status, retryAfterMs });
  }
  if (status === 403)
    return new SourceError('entity', `${source} does not let these credentials see ${route}.`, { status });
  if (status === 404 || status === 410)
    return new SourceError('entity', `${source} has nothing at ${route}.`, { status });
  return new SourceError('source', `${source} answered ${route} with status ${status}.`, { status });
}

const defaultWaitMs = 30_000;

/** A limit may come as 403 (GitHub) or 400 (several sign-in servers), and then says so beside the status. */
export function saysLimit({ status, headers, text }: ReadStatus): boolean {
  if (status === 429) return true;
  if (status === 403 && (headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined)) return true;
  return (status === 400 || status === 403) && /rate.?limit|too many requests/i.test(text.slice(0, 2_000));
}
