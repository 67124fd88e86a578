import { AppError, type Scope } from '../../core/shared/index.ts';
import { createEventStream, type EventSink, type EventStreamOptions } from './event-stream.ts';

export interface EventStreamsOptions {
  /** Silence after which a heartbeat is sent; default 30 s. */
  readonly heartbeatMs?: number;
  /** How long a stream stays open after its last message; default 3 s. */
  readonly closeAfterMs?: number;
  /** Streams that one organisation may have open at once in this process; default 100. */
  readonly maxPerOrganization?: number;
}

/** The open streams of server-sent events of this process: bounded per organisation, and closed when the server stops. */
export class EventStreams {
  readonly #options: Required<EventStreamsOptions>;
  readonly #open = new Map<string, Set<() => void>>();
  #isClosed = false;

  constructor(options: EventStreamsOptions = {}) {
    this.#options = { heartbeatMs: 30_000, closeAfterMs: 3_000, maxPerOrganization: 100, ...options };
  }

  /** Streams that are open. */
  get size(): number {
    return [...this.#open.values()].reduce((sum, streams) => sum + streams.size, 0);
  }

  /**
   * Answers a request with a stream.
   *
   * @param start begins to send, and returns what ends it; called once
   * @param own what is other than usual for this stream: its heartbeats and headers, and how long it stays open after its last message
   * @throws AppError('rate_limited') when the organisation has too many open, 'unavailable' while the server stops
   */
  open(
    { scope, signal }: { readonly scope: Scope; readonly signal: AbortSignal },
    start: (sink: EventSink) => () => void,
    own: Pick<EventStreamOptions, 'heartbeat' | 'headers'> & { readonly closeAfterMs?: number } = {},
  ) {
    if (this.#isClosed) throw new AppError('unavailable', 'The server is stopping.', { retryAfterMs: 1_000 });
    const streams = this.#open.get(scope.organizationId) ?? new Set();
    if (streams.size >= this.#options.maxPerOrganization) {
      throw new AppError(
        'rate_limited',
        `This organization has ${streams.size} streams open, which is the most there may be. Close some.`,
        { retryAfterMs: 10_000 },
      );
    }
    const { response, close } = createEventStream(
      { ...this.#options, ...own, signal, onClosed: () => this.#remove(scope, close) },
      start,
    );
    this.#open.set(scope.organizationId, streams.add(close));
    return response;
  }

  /** Ends all streams, and refuses new ones. */
  close(): void {
    this.#isClosed = true;
    for (const streams of [...this.#open.values()]) for (const close of [...streams]) close();
  }

  #remove({ organizationId }: Scope, close: () => void): void {
    const streams = this.#open.get(organizationId);
    streams?.delete(close);
    if (streams?.size === 0) this.#open.delete(organizationId);
  }
}
