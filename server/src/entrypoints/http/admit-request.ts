import type { Caller } from '../../core/access/index.ts';
import type { RequestAdmission, RequestLimiter } from '../../core/quotas/index.ts';
import { AppError } from '../../core/shared/index.ts';

/** What clients read where nothing limits them. */
const unlimited = 9999;

/**
 * Counts a request against its organisation's limit, if it has one and the caller is an API key, and writes what clients read of
 * it to `headers`.
 *
 * @throws AppError('rate_limited')
 */
export async function admitRequest(
  limiter: Pick<RequestLimiter, 'admit'> | undefined,
  caller: Caller,
  headers: Record<string, string>,
): Promise<void> {
  const isCounted = limiter !== undefined && caller.kind === 'api_key';
  const admission: RequestAdmission = isCounted ? await limiter.admit(caller.scope) : { kind: 'uncounted' };
  const now = Math.floor(Date.now() / 1000);
  const write = (limit: number, remaining: number, reset: number) => {
    headers['RateLimit-Limit'] = String(limit);
    headers['RateLimit-Remaining'] = String(remaining);
    headers['RateLimit-Reset'] = String(reset);
  };
  switch (admission.kind) {
    case 'uncounted':
      return write(unlimited, unlimited, now);
    case 'unknown':
      return write(0, unlimited, now);
    case 'counted':
      return write(admission.limit, admission.remaining, now);
    case 'refused': {
      write(admission.limit, 0, Math.ceil((Date.now() + admission.waitMs) / 1000));
      const seconds = Math.floor(admission.waitMs / 1000) + 1;
      throw new AppError('rate_limited', `Rate limit exceeded. Try again in ${seconds} seconds.`, {
        retryAfterMs: seconds * 1000,
      });
    }
  }
}
