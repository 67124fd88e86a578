import type { AnyConnector } from '../../connector-kit/index.ts';
import { AppError } from '../shared/index.ts';
import { OAuthFailure } from './oauth-gateway.ts';

const defaultRetryAfterMs = 30_000;

/** A failure of the source's authorisation server, as whoever is signing in is told of it; anything else as it is. */
export function toSignInError(error: unknown, connector: Pick<AnyConnector, 'displayName'>): unknown {
  if (!(error instanceof OAuthFailure)) return error;
  const message = `${connector.displayName}: ${error.message}`;
  const cause = { cause: error };
  switch (error.kind) {
    case 'grant':
    case 'client':
      return new AppError('invalid_request', message, cause);
    case 'rate_limited':
      return new AppError('rate_limited', message, {
        ...cause,
        retryAfterMs: error.retryAfterMs ?? defaultRetryAfterMs,
      });
    default:
      return new AppError('upstream_failed', message, cause);
  }
}
