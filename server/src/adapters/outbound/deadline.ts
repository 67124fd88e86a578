import { OutboundFailure } from '../../core/outbound/index.ts';

/** The time limit of one exchange, together with the caller's own signal. */
export interface Deadline {
  /** Aborts with an OutboundFailure as its reason. */
  readonly signal: AbortSignal;
  /** Must be called once the exchange is over, so that neither timer nor listener stays. May be called twice. */
  clear(): void;
}

export function startDeadline(host: string, timeoutMs: number, callerSignal: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new OutboundFailure('timed_out', `${host} did not answer within ${timeoutMs / 1000} s.`));
  }, timeoutMs);
  const onAbort = () => {
    controller.abort(new OutboundFailure('aborted', 'The request was given up.', { cause: callerSignal?.reason }));
  };
  if (callerSignal?.aborted === true) onAbort();
  else callerSignal?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      callerSignal?.removeEventListener('abort', onAbort);
    },
  };
}
