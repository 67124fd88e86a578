import { OutboundFailure, type OutboundHttp } from '../outbound/index.ts';
import { AppError } from '../shared/index.ts';

const probeWithinMs = 5_000;

/**
 * Asks a receiver for any sign of life; whatever status it answers will do.
 *
 * @throws AppError('invalid_request') when it cannot be reached, or must not be
 */
export async function probeReceiver(http: OutboundHttp, url: string): Promise<void> {
  try {
    const answer = await http.stream({ url, method: 'HEAD', timeoutMs: probeWithinMs, maxRedirects: 0 });
    await answer.cancel();
  } catch (error) {
    if (!(error instanceof OutboundFailure)) throw error;
    const advice =
      error.kind === 'refused'
        ? 'Use an address that others can reach, or let the operator allow it with EGRESS_ALLOW.'
        : 'Start the receiver, check the address, and try again.';
    throw new AppError('invalid_request', `The webhook URL could not be reached: ${error.message} ${advice}`, {
      cause: error,
    });
  }
}
