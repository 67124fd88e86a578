import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSourceHttpFactory } from '../../adapters/connector-http/create-source-http.ts';
import { createOutboundHttp } from '../../adapters/outbound/create-outbound-http.ts';
import type { SourceHttp } from '../../connector-kit/index.ts';
import type { OutboundHttp } from '../../core/outbound/index.ts';
import { silentLogger } from '../../core/shared/index.ts';

export interface MockRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed, when it is JSON. */
  readonly body: unknown;
}

export interface MockAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  /** Breaks off in the middle of the body. */
  readonly isCutOff?: boolean;
}

export type MockHandler = (request: MockRequest) => MockAnswer | undefined;

/** A vendor's server on loopback, and the way to it through the real client: names of hosts stay, addresses do not. */
export class MockSource {
  /** Every request, oldest first. */
  readonly requests: MockRequest[] = [];
  /** Answers before the handler does; for what goes wrong. */
  interfere: MockHandler | undefined;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #outbound = createOutboundHttp({ allow: ['127.0.0.1'], logger: silentLogger });
  #http: SourceHttp | undefined;
  readonly #handler: MockHandler;

  constructor(handler: MockHandler) {
    this.#handler = handler;
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    const toMock = <R extends { readonly url: string; readonly headers?: Readonly<Record<string, string>> }>(
      request: R,
    ): R => {
      const url = new URL(request.url);
      const headers = { ...request.headers, 'x-mock-host': url.host };
      return { ...request, headers, url: `http://127.0.0.1:${port}${url.pathname}${url.search}` };
    };
    const outbound: OutboundHttp = {
      send: (request) => this.#outbound.send(toMock(request)),
      stream: (request) => this.#outbound.stream(toMock(request)),
    };
    this.#http = createSourceHttpFactory({ outbound, firstWaitMs: 1 }).open({ source: 'mock' });
  }

  get http(): SourceHttp {
    if (this.#http === undefined) throw new Error('The mock was not started.');
    return this.#http;
  }

  async stop(): Promise<void> {
    await this.#outbound.close();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const url = new URL(request.url ?? '/', 'http://mock');
    const { 'x-mock-host': host, ...headers } = request.headers;
    const asked: MockRequest = {
      method: request.method ?? 'GET',
      host: String(host),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
    this.requests.push(asked);
    const answer = this.interfere?.(asked) ?? this.#handler(asked) ?? { status: 404, json: { message: 'Not found' } };
    const body = answer.text ?? JSON.stringify(answer.json ?? {});
    response.writeHead(answer.status ?? 200, {
      'content-type': 'application/json',
      ...answer.headers,
      'content-length': Buffer.byteLength(body),
    });
    if (answer.isCutOff === true) response.write(body.slice(0, body.length / 2), () => response.destroy());
    else response.end(body);
  }
}
