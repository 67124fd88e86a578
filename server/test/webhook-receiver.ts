import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedMessage {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface WebhookReceiver {
  readonly url: string;
  /** POSTs only, in the order in which they came. */
  readonly messages: readonly ReceivedMessage[];
  /** Of all requests, HEAD too. */
  readonly methods: readonly string[];
  close(): Promise<void>;
}

/**
 * A receiver on loopback.
 *
 * @param answer default 200 without a body; what it never answers hangs until the receiver is closed
 */
export async function startReceiver(
  answer: (response: ServerResponse, message: ReceivedMessage) => void = (response) => response.writeHead(200).end(),
): Promise<WebhookReceiver> {
  const messages: ReceivedMessage[] = [];
  const methods: string[] = [];
  const server = createServer(async (request, response) => {
    methods.push(request.method ?? '');
    if (request.method === 'HEAD') {
      response.writeHead(405).end();
      return;
    }
    const message = { path: request.url ?? '', headers: request.headers, body: await text(request) };
    messages.push(message);
    answer(response, message);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    messages,
    methods,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
