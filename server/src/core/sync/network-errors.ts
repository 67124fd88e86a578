/** What Node says of a connection that is refused, cut off or never made. */
const codes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'UND_ERR_SOCKET']);

export function isNetworkErrorCode(code: unknown): boolean {
  return typeof code === 'string' && codes.has(code);
}
