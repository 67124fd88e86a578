export interface EventSink {
  /** Sends a message, even to a client that is slow to take it. For the few that must not be missed. */
  send(message: object): void;
  /** Sends the newest state. A client that is slow misses those between, so that nothing piles up here. */
  update(message: object): void;
  /** Nothing more comes: the stream closes a little later, when the client has taken all and has had time to leave by itself. */
  end(): void;
}

export interface EventStreamOptions {
  /** Silence after which a client is told that the stream lives. */
  readonly heartbeatMs: number;
  /** Silence on the line after which a comment goes out, which clients do not see: proxies cut what is idle. */
  readonly keepAliveMs: number;
  readonly closeAfterMs: number;
  /** How long a client may take nothing of what waits for it; then it is cut off. */
  readonly maxStallMs: number;
  /** What a heartbeat says; default `{"type":"heartbeat"}`. Null: nothing, comments do. */
  readonly heartbeat?: () => object | null;
  /** Default: those of most streams. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The client went away. */
  readonly signal: AbortSignal;
  /** Cuts the connection to a client that does not read. */
  readonly disconnect: () => void;
  /** Called once, however the stream ends. */
  readonly onClosed: () => void;
}

/** Bytes that may wait for a client before it counts as slow. */
const maxBufferedBytes = 64 * 1024;
/** Bytes that may wait of messages that must not be missed. The largest is one page of results. */
const maxQueuedBytes = 16 * 1024 * 1024;
/** In pieces of this size, so that it shows when a client takes a large message slowly. */
const chunkBytes = 16 * 1024;
const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  Connection: 'keep-alive',
  'X-Accel-Buffering': 'no',
  'Access-Control-Allow-Origin': '*',
};

/**
 * A response that sends one JSON object per event: a line `data: …` and an empty one. It tells of its life by a heartbeat
 * after each silence, and ends with the client's leaving or stalling, with `end`, or with `close`.
 */
export function createEventStream(
  options: EventStreamOptions,
  start: (sink: EventSink) => () => void,
): { readonly response: Response; readonly close: () => void } {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let pending: object | undefined;
  let stopWork: (() => void) | undefined;
  let state: 'open' | 'draining' | 'closed' = 'open';
  let closing: NodeJS.Timeout | undefined;
  /** What waited at the last look, and since when the client has taken nothing of it, by `performance.now()`. */
  let stall = { bytes: 0, since: 0 };

  const waitingBytes = (): number => maxBufferedBytes - (controller?.desiredSize ?? 0);
  const hasRoom = (): boolean => (controller?.desiredSize ?? 0) > 0;
  const writeFrame = (frame: string): void => {
    const bytes = encoder.encode(`${frame}\n\n`);
    for (let start = 0; start < bytes.length; start += chunkBytes) {
      controller?.enqueue(bytes.subarray(start, start + chunkBytes));
    }
    keepAlive.refresh();
  };
  const write = (message: object): void => {
    if (state === 'closed') return;
    if (waitingBytes() > maxQueuedBytes) cutOff();
    else writeFrame(`data: ${JSON.stringify(message)}`);
    heartbeat.refresh();
  };
  const writePending = (): void => {
    if (pending === undefined) return;
    const message = pending;
    pending = undefined;
    write(message);
  };
  const heartbeat = setInterval(() => {
    const beat = options.heartbeat === undefined ? { type: 'heartbeat' } : options.heartbeat();
    if (beat !== null && hasRoom()) write(beat);
  }, options.heartbeatMs);
  const keepAlive = setInterval(() => {
    const bytes = waitingBytes();
    const now = performance.now();
    if (bytes === 0 || bytes !== stall.bytes) stall = { bytes, since: now };
    if (bytes === 0) writeFrame(': keep-alive');
    else if (now - stall.since >= options.maxStallMs) cutOff();
  }, options.keepAliveMs);

  const close = (): void => {
    if (state === 'closed') return;
    state = 'closed';
    clearInterval(heartbeat);
    clearInterval(keepAlive);
    clearTimeout(closing);
    options.signal.removeEventListener('abort', close);
    stopWork?.();
    try {
      controller?.close();
    } catch {
      // The client has cancelled it already, and ending it twice is an error.
    }
    options.onClosed();
  };
  const cutOff = (): void => {
    close();
    // What waits goes with the connection.
    options.disconnect();
  };
  const drain = (): void => {
    state = 'draining';
    writePending();
    if (waitingBytes() === 0) close();
  };
  options.signal.addEventListener('abort', close);

  const body = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given;
      },
      pull: () => {
        writePending();
        // Not within the read that took the last of it: whoever reads would miss the end.
        if (state === 'draining' && waitingBytes() === 0) queueMicrotask(close);
      },
      cancel: close,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: maxBufferedBytes }),
  );
  const sink: EventSink = {
    send: write,
    update: (message) => {
      pending = message;
      if (hasRoom()) writePending();
    },
    end: () => {
      closing ??= setTimeout(drain, options.closeAfterMs);
    },
  };
  stopWork = start(sink);
  if (options.signal.aborted) queueMicrotask(close);
  return { response: new Response(body, { headers: options.headers ?? headers }), close };
}
