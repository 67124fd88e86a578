import { type ErrorCategory, SourceError, type SourceErrorKind } from '../../connector-kit/index.ts';

export const exceptionTypes = [
  'runtime_error',
  'source_auth_error',
  'source_token_refresh_error',
  'source_server_error',
  'source_rate_limit_error',
  'source_entity_not_found',
  'source_entity_forbidden',
  'token_expired',
  'token_credentials_invalid',
  'token_provider_config_error',
  'token_provider_server_error',
  'timeout',
  'cancelled',
] as const;
export type ExceptionType = (typeof exceptionTypes)[number];

/** What kind of credentials a connection signs in with. */
export const authProviderKinds = ['oauth', 'static', 'auth_provider', 'credential'] as const;
export type AuthProviderKind = (typeof authProviderKinds)[number];

const categories: Readonly<Record<AuthProviderKind, ErrorCategory>> = {
  oauth: 'oauth_credentials_expired',
  static: 'api_key_invalid',
  credential: 'api_key_invalid',
  auth_provider: 'auth_provider_credentials_invalid',
};

interface Failure {
  readonly kind: SourceErrorKind;
  readonly status?: number;
  readonly retryAfterMs?: number;
  /** `by-kind`: whatever the kind of credentials makes of it. */
  readonly category?: ErrorCategory | 'by-kind';
}

/**
 * How the named failures reach the sync. Those about one entity are failures of the source here, since a stream that threw
 * cannot go on.
 */
const failures: Readonly<Record<ExceptionType, Failure>> = {
  runtime_error: { kind: 'source' },
  source_auth_error: { kind: 'credentials', status: 401, category: 'by-kind' },
  source_token_refresh_error: { kind: 'credentials', status: 401, category: 'by-kind' },
  source_server_error: { kind: 'source', status: 503 },
  source_rate_limit_error: { kind: 'rate_limited', status: 429, retryAfterMs: 1_000 },
  source_entity_not_found: { kind: 'source', status: 404 },
  source_entity_forbidden: { kind: 'source', status: 403 },
  token_expired: { kind: 'credentials', category: 'by-kind' },
  token_credentials_invalid: { kind: 'credentials', category: 'by-kind' },
  token_provider_config_error: { kind: 'credentials', category: 'auth_provider_account_gone' },
  token_provider_server_error: { kind: 'source', status: 502 },
  timeout: { kind: 'source' },
  cancelled: { kind: 'source' },
};

/** The failure that an exception stub is configured to end with, `after` a number of items. */
export function makeException(
  settings: {
    readonly exception_type: ExceptionType;
    readonly auth_provider_kind: AuthProviderKind;
    readonly error_message: string | null;
  },
  after: number,
): SourceError {
  const { exception_type: type, auth_provider_kind, error_message } = settings;
  const { kind, category, ...options } = failures[type];
  const errorCategory = category === 'by-kind' ? categories[auth_provider_kind] : category;
  const text = `[ExceptionStub] ${type} triggered after ${after} entities (simulated failure)`;
  return new SourceError(kind, error_message ?? text, { ...options, ...(errorCategory && { errorCategory }) });
}
