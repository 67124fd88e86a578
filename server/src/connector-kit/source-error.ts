/**
 * Who is to blame for a failure while reading a source, which decides what happens next:
 *
 * - `entity`        this object only (gone, forbidden, unreadable): recorded with its reason, the run goes on
 * - `source`        the source answers wrongly or not at all: the run fails
 * - `rate_limited`  the source asks us to wait
 * - `credentials`   the stored credentials no longer work: the run fails with `errorCategory`, the sync pauses
 * - `configuration` the connection is set up wrongly (folder missing): the run fails, the message says the fix
 */
export type SourceErrorKind = 'entity' | 'source' | 'rate_limited' | 'credentials' | 'configuration';

export const errorCategories = [
  'oauth_credentials_expired',
  'api_key_invalid',
  'auth_provider_account_gone',
  'auth_provider_credentials_invalid',
] as const;
/** The public API's word for what is wrong with a connection's credentials. */
export type ErrorCategory = (typeof errorCategories)[number];

export interface SourceErrorOptions {
  readonly cause?: unknown;
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly errorCategory?: ErrorCategory;
}

export class SourceError extends Error {
  readonly kind: SourceErrorKind;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly errorCategory: ErrorCategory | undefined;

  constructor(kind: SourceErrorKind, message: string, options: SourceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SourceError';
    this.kind = kind;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.errorCategory = options.errorCategory;
  }
}
