export interface EventSink {
  /** Sends a message, even to a client that is slow to take it. For the few that must not be missed. */
  send(message: object): void;
  /** Sends the newest state. A client that is slow misses those between, so that nothing piles up here. */
  update(message: object): void;
  /** Nothing more comes: the stream closes a little later, when the client has had time to leave by itself. */
  end(): void;
}

export interface EventStreamOptions {
  readonly heartbeatMs: number;
  readonly closeAfterMs: number;
  /** What a heartbeat says; default `{"type":"heartbeat"}`. Null: a comment frame, which clients do not see. */
  readonly heartbeat?: () => object | null;
  /** Default: those of most streams. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The client went away. */
  readonly signal: AbortSignal;
  /** Called once, however the stream ends. */
  readonly onClosed: () => void;
}

/** Bytes that may wait for a client before it counts as slow. */
const maxBufferedBytes = 64 * 1024;
const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  Connection: 'keep-alive',
  'X-Accel-Buffering': 'no',
  'Access-Control-Allow-Origin': '*',
};

/**
 * A response that sends one JSON object per event: a line `data: …` and an empty one. It tells of its life by a heartbeat
 * after each silence, and ends with the client's leaving, with `end`, or with `close`.
 */
export function createEventStream(
  options: EventStreamOptions,
  start: (sink: EventSink) => () => void,
): { readonly response: Response; readonly close: () => void } {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let pending: object | undefined;
  let stopWork: (() => void) | undefined;
  let isClosed = false;
  let closing: NodeJS.Timeout | undefined;

  const write = (message: object): void => {
    writeFrame(`data: ${JSON.stringify(message)}`);
  };
  const writeFrame = (frame: string): void => {
    if (isClosed) return;
    controller?.enqueue(encoder.encode(`${frame}\n\n`));
    heartbeat.refresh();
  };
  const hasRoom = (): boolean => (controller?.desiredSize ?? 0) > 0;
  const writePending = (): void => {
    if (pending === undefined) return;
    const message = pending;
    pending = undefined;
    write(message);
  };
  const heartbeat = setInterval(() => {
    if (!hasRoom()) return;
    const beat = options.heartbeat === undefined ? { type: 'heartbeat' } : options.heartbeat();
    if (beat === null) writeFrame(': keep-alive');
    else write(beat);
  }, options.heartbeatMs);

  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    clearInterval(heartbeat);
    clearTimeout(closing);
    options.signal.removeEventListener('abort', close);
    stopWork?.();
    try {
      controller?.close();
    } catch {
      // The client has cancelled it already, and closing twice is an error.
    }
    options.onClosed();
  };
  options.signal.addEventListener('abort', close);

  const body = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given;
      },
      pull: writePending,
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
      closing ??= setTimeout(close, options.closeAfterMs);
    },
  };
  stopWork = start(sink);
  if (options.signal.aborted) queueMicrotask(close);
  return { response: new Response(body, { headers: options.headers ?? headers }), close };
}
