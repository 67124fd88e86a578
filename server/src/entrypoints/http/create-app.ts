import { type Context, Hono } from 'hono';
import type { Endpoint } from './endpoint.ts';
import { createRequestHandler, type Match, type RequestHandlerOptions } from './handle-request.ts';
import type { SocketBindings } from './request-context.ts';

type HttpContext = Context<{ Bindings: SocketBindings }>;
export type HttpApp = Hono<{ Bindings: SocketBindings }>;

/**
 * Routes requests to endpoints: with and without a trailing slash and without redirects, literal segments before
 * parameters, 405 with `Allow` on a known path. HEAD is not served on GET routes.
 */
export function createApp(endpoints: readonly Endpoint[], options: RequestHandlerOptions): HttpApp {
  const app: HttpApp = new Hono({ strict: false });
  const handle = createRequestHandler(options);
  const respond = (context: HttpContext, match: Match) => handle(context.req.raw, context.env, match);

  for (const [path, onPath] of groupByPath(endpoints)) {
    const pattern = path.replaceAll(/\{([a-z_]+)\}/g, ':$1');
    const allow = onPath.map((endpoint) => endpoint.method).join(', ');
    for (const endpoint of onPath) {
      app.on(endpoint.method, pattern, (context) =>
        // Hono answers HEAD by running GET.
        context.req.method === 'HEAD'
          ? respond(context, { kind: 'wrong_method', path, allow })
          : respond(context, { kind: 'endpoint', endpoint, params: context.req.param() }),
      );
    }
    app.all(pattern, (context) => respond(context, { kind: 'wrong_method', path, allow }));
  }
  app.notFound((context) => respond(context, { kind: 'unknown_path' }));
  return app;
}

/** Hono tries routes in the order they were added, so the more literal path comes first. */
function groupByPath(endpoints: readonly Endpoint[]): ReadonlyMap<string, readonly Endpoint[]> {
  const byPath = Map.groupBy(endpoints, (endpoint) => endpoint.path);
  for (const [path, onPath] of byPath) {
    const methods = new Set(onPath.map((endpoint) => endpoint.method));
    if (methods.size < onPath.length) throw new Error(`${path}: one method is declared twice`);
  }
  return new Map([...byPath].toSorted(([a], [b]) => compare(specificity(a), specificity(b))));
}

/** A text that sorts literal segments before parameters before the rest of a path. */
function specificity(path: string): string {
  return path
    .split('/')
    .map((segment) => (segment === '*' ? '2' : segment.startsWith('{') ? '1' : '0'))
    .join('');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
