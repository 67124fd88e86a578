import type { z } from 'zod';
import { type AnyConnector, SourceError, type ValidateContext } from '../../connector-kit/index.ts';
import { AppError, type JsonObject, toMessage } from '../shared/index.ts';

const validateTimeoutMs = 30_000;

/**
 * The configuration with defaults filled in.
 * @throws AppError('unprocessable') naming every field that does not fit
 */
export function parseConfig(connector: AnyConnector, config: unknown): JsonObject {
  return parseFields(connector.config, config ?? {}, 'config');
}

/** @throws AppError('unprocessable') naming every field that does not fit */
export function parseCredentials(connector: AnyConnector, credentials: unknown): JsonObject {
  return parseFields(connector.credentials, credentials ?? {}, 'auth');
}

function parseFields(schema: z.ZodType, value: unknown, kind: 'config' | 'auth'): JsonObject {
  const parsed = schema.safeParse(value);
  // Both are objects of JSON values: they came as JSON, and their schemas are object schemas.
  if (parsed.success) return parsed.data as JsonObject;
  const problems = parsed.error.issues.map((issue) => {
    const field = issue.path.join('.');
    return field === '' ? issue.message : `${field}: ${issue.message}`;
  });
  throw new AppError('unprocessable', `Invalid ${kind} fields: ${problems.join('; ')}`);
}

/**
 * Asks the source itself whether it can work.
 * @throws AppError('invalid_request' | 'rate_limited' | 'upstream_failed') with the source's reason
 */
export async function validateWithSource(
  connector: AnyConnector,
  context: Omit<ValidateContext, 'signal'>,
): Promise<void> {
  try {
    await connector.validate({ ...context, signal: AbortSignal.timeout(validateTimeoutMs) });
  } catch (error) {
    throw toAppError(error);
  }
}

/** What a source's refusal is to a caller of ours: 400, 429 or 502. */
export function toAppError(error: unknown): AppError {
  const cause = { cause: error };
  if (error instanceof SourceError) {
    const { kind, message, retryAfterMs = 30_000, status = 0 } = error;
    if (kind === 'rate_limited') return new AppError('rate_limited', message, { ...cause, retryAfterMs });
    if (kind === 'credentials')
      return new AppError('invalid_request', `The credentials are invalid: ${message}`, cause);
    if (kind === 'source' && status >= 500) return new AppError('upstream_failed', message, cause);
    return new AppError('invalid_request', message, cause);
  }
  return new AppError('invalid_request', `The source could not be checked: ${toMessage(error)}`, cause);
}
