import type { Caller } from '../../core/access/index.ts';
import { AppError } from '../../core/shared/index.ts';
import { createEventStream, type EventSink, type EventStreamOptions } from './event-stream.ts';

export interface EventStreamsOptions {
  /** Silence after which a heartbeat is sent; default 30 s. */
  readonly heartbeatMs?: number;
  /** Silence on the line after which a comment is sent; default 15 s, which is less than proxies wait. */
  readonly keepAliveMs?: number;
  /** How long a stream stays open after its last message; default 3 s. */
  readonly closeAfterMs?: number;
  /** How long a client may take nothing of what waits for it; default 5 minutes. */
  readonly maxStallMs?: number;
  /** Streams that one organisation may have open at once in this process, without those of Connect sessions; default 100. */
  readonly maxPerOrganization?: number;
  /** Of these, streams of one key or person; default 50. */
  readonly maxPerHolder?: number;
  /** Streams of one Connect session; default 10. */
  readonly maxPerConnectSession?: number;
  /** Streams of all Connect sessions of one organisation; default 500. */
  readonly maxConnectPerOrganization?: number;
}

const defaults: Required<EventStreamsOptions> = {
  heartbeatMs: 30_000,
  keepAliveMs: 15_000,
  closeAfterMs: 3_000,
  maxStallMs: 300_000,
  maxPerOrganization: 100,
  maxPerHolder: 50,
  maxPerConnectSession: 10,
  maxConnectPerOrganization: 500,
};

/** Of the request that is answered with a stream. */
export interface StreamRequest {
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly disconnect: () => void;
}

/** An open stream, and for whom it counts. */
interface OpenStream {
  readonly group: string;
  readonly holder: string;
  readonly close: () => void;
}

/**
 * The open streams of server-sent events of this process: bounded per organisation and per caller, and closed when the server
 * stops. End users in Connect sessions have a bound of their own, so that they cannot take the streams of the organisation.
 */
export class EventStreams {
  readonly #options: Required<EventStreamsOptions>;
  readonly #open = new Set<OpenStream>();
  /** Open streams by group and by holder. */
  readonly #counts = new Map<string, number>();
  #isClosed = false;

  constructor(options: EventStreamsOptions = {}) {
    this.#options = { ...defaults, ...options };
  }

  /** Streams that are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Answers a request with a stream.
   *
   * @param start begins to send, and returns what ends it; called once
   * @param own what is other than usual for this stream: its heartbeats and headers, and how long it stays open after its last message
   * @throws AppError('rate_limited') when the organisation or the caller has too many open, 'unavailable' while the server stops
   */
  open(
    { caller, signal, disconnect }: StreamRequest,
    start: (sink: EventSink) => () => void,
    own: Pick<EventStreamOptions, 'heartbeat' | 'headers'> & { readonly closeAfterMs?: number } = {},
  ): Response {
    if (this.#isClosed) throw new AppError('unavailable', 'The server is stopping.', { retryAfterMs: 1_000 });
    const { group, holder, maxInGroup, maxOfHolder } = this.#boundsOf(caller);
    this.#requireRoom(group, maxInGroup, 'This organization has');
    this.#requireRoom(holder, maxOfHolder, 'You have');
    const { response, close } = createEventStream(
      { ...this.#options, ...own, signal, disconnect, onClosed: () => this.#remove(stream) },
      start,
    );
    const stream: OpenStream = { group, holder, close };
    this.#open.add(stream);
    this.#count(stream, 1);
    return response;
  }

  /** Ends all streams, and refuses new ones. */
  close(): void {
    this.#isClosed = true;
    for (const stream of [...this.#open]) stream.close();
  }

  #boundsOf({ scope, connect, apiKeyId, userId }: Caller) {
    const options = this.#options;
    if (connect !== undefined) {
      return {
        group: `connect ${scope.organizationId}`,
        holder: `session ${connect.sessionId}`,
        maxInGroup: options.maxConnectPerOrganization,
        maxOfHolder: options.maxPerConnectSession,
      };
    }
    return {
      group: `organization ${scope.organizationId}`,
      holder: `holder ${scope.organizationId} ${apiKeyId ?? userId ?? 'nobody'}`,
      maxInGroup: options.maxPerOrganization,
      maxOfHolder: options.maxPerHolder,
    };
  }

  #requireRoom(key: string, most: number, whoHas: string): void {
    const count = this.#counts.get(key) ?? 0;
    if (count < most) return;
    const message = `${whoHas} ${count} streams open, which is the most there may be. Close some.`;
    throw new AppError('rate_limited', message, { retryAfterMs: 10_000 });
  }

  #count(stream: OpenStream, change: 1 | -1): void {
    for (const key of [stream.group, stream.holder]) {
      const count = (this.#counts.get(key) ?? 0) + change;
      if (count === 0) this.#counts.delete(key);
      else this.#counts.set(key, count);
    }
  }

  #remove(stream: OpenStream): void {
    if (this.#open.delete(stream)) this.#count(stream, -1);
  }
}
