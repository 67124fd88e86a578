// biome-ignore lint/suspicious/noExplicitAny: tests read messages of every shape
export type EventMessage = any;

export interface OpenedStream {
  readonly status: number;
  readonly headers: Headers;
  /** What came so far. */
  readonly messages: readonly EventMessage[];
  /** All that came, as it came. */
  readonly text: string;
  /** Resolves when the server has closed the stream. */
  readonly closed: Promise<void>;
  /** Goes away, as a client does that was closed. */
  leave(): void;
}

/** Opens a stream of server-sent events and collects its messages. */
export async function openStream(
  url: string,
  options: {
    readonly key?: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** Sent as JSON, by POST. */
    readonly body?: object;
  },
): Promise<OpenedStream> {
  const controller = new AbortController();
  const response = await fetch(url, {
    headers: {
      ...(options.key === undefined ? {} : { 'x-api-key': options.key }),
      'content-type': 'application/json',
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { method: 'POST', body: JSON.stringify(options.body) }),
    signal: controller.signal,
  });
  const messages: EventMessage[] = [];
  let text = '';
  const read = async (): Promise<void> => {
    let rest = '';
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const frames = (rest + chunk).split('\n\n');
      rest = frames.pop() ?? '';
      // What begins with a colon is a comment, which clients do not see.
      for (const frame of frames) if (!frame.startsWith(':')) messages.push(JSON.parse(frame.replace(/^data: /, '')));
    }
  };
  const closed = read().catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
  });
  return {
    status: response.status,
    headers: response.headers,
    messages,
    get text() {
      return text;
    },
    closed,
    leave: () => controller.abort(),
  };
}
