import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { AppError } from '../../core/shared/index.ts';
import { createApp, type HttpApp } from './create-app.ts';
import type { Endpoint } from './endpoint.ts';
import type { RequestHandlerOptions } from './handle-request.ts';

export interface HttpServerOptions extends Omit<RequestHandlerOptions, 'isClosing'> {
  readonly endpoints: readonly Endpoint[];
}

export interface HttpServer {
  /** For tests, which may call it without a socket. */
  readonly app: HttpApp;
  /**
   * @param port 0 takes any free one
   * @returns the address as a URL, such as `http://127.0.0.1:8001`
   * @throws AppError('conflict' | 'invalid_request') when the port or the address cannot be had
   */
  listen(host: string, port: number): Promise<{ readonly url: string }>;
  /** Stops accepting, lets running requests finish for a few seconds, then ends their connections. May be called twice. */
  close(): Promise<void>;
}

/** Running requests get this long to finish; a stop as a whole has 10 s. */
const closeTimeoutMs = 4_000;

export function createHttpServer(options: HttpServerOptions): HttpServer {
  let isClosing = false;
  let closed: Promise<void> | undefined;
  const app = createApp(options.endpoints, { ...options, isClosing: () => isClosing });
  const server = createAdaptorServer({
    fetch: (request, bindings) =>
      app.fetch(request, 'incoming' in bindings ? { incoming: bindings.incoming as never } : {}),
    // Longer than the idle time-out of common proxies, which otherwise meet a connection that is just being closed.
    // Lists of ids in an address outgrow Node's 16 KiB for it and the headers; above this Node answers 431 itself.
    serverOptions: {
      keepAliveTimeout: 65_000,
      headersTimeout: 30_000,
      requestTimeout: 300_000,
      maxHeaderSize: 64 * 1024,
    },
  }) as Server;

  return {
    app,
    listen: async (host, port) => {
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, host, port)));
        server.listen(port, host, resolve);
      });
      server.removeAllListeners('error');
      server.on('error', (error) => options.logger.error({ err: error }, 'the HTTP server failed'));
      const address = server.address() as AddressInfo;
      const name = host.includes(':') ? `[${host}]` : host;
      return { url: `http://${name}:${address.port}` };
    },
    close: () => {
      isClosing = true;
      closed ??= closeServer(server);
      return closed;
    },
  };
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const timer = setTimeout(() => server.closeAllConnections(), closeTimeoutMs);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(timer);
}

function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  switch (error.code) {
    case 'EADDRINUSE':
      return new AppError(
        'conflict',
        `Port ${port} on ${host} is in use by another program. Stop that program, or choose another port: PORT=${port + 1} npm start`,
        { cause: error },
      );
    case 'EACCES':
      return new AppError('conflict', `Port ${port} may not be used by this user. Choose one above 1023 with PORT.`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new AppError('invalid_request', `HOST is ${host}, which is not an address of this machine.`, {
        cause: error,
      });
    default:
      return new AppError('internal', `The server cannot listen on ${host}:${port}: ${error.message}`, {
        cause: error,
      });
  }
}
