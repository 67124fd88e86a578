import { OutboundFailure } from '../../core/outbound/index.ts';

/**
 * Why there is no answer, of whatever was thrown on the way. The message names the host and a code of the system or of undici,
 * nothing that somebody else wrote.
 */
export function toOutboundFailure(error: unknown, host: string): OutboundFailure {
  if (error instanceof OutboundFailure) return error;
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new OutboundFailure('too_large', `The headers of ${host}'s answer are too large.`, { cause: error });
  }
  if (code === 'UND_ERR_INVALID_ARG') {
    const message = `The request to ${host} cannot be sent: a header or its path holds characters that are not allowed there.`;
    return new OutboundFailure('refused', message, { cause: error });
  }
  const reason = code === undefined ? '' : ` (${code})`;
  return new OutboundFailure('unreachable', `${host} could not be reached, or broke off its answer${reason}.`, {
    cause: error,
  });
}

/** Of the error itself, or of the first of several: a host with more addresses fails once for each. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(error.code) ? error.code : undefined;
}
