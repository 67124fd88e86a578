import type { Stream } from '../connector.ts';
import type { AnyConnector } from '../define-connector.ts';
import type { SourceHttp } from './source-http.ts';

/** A connector that dials out through `http` wherever its caller gives no other way, as runs do. */
export function withHttp(connector: AnyConnector, http: SourceHttp): AnyConnector {
  const { memberships, browse } = connector;
  const streams = Object.entries(connector.streams).map(([name, stream]): [string, Stream] => [
    name,
    { ...stream, read: (context) => stream.read({ http, ...context }) },
  ]);
  return {
    ...connector,
    streams: Object.fromEntries(streams),
    validate: (context) => connector.validate({ http, ...context }),
    ...(browse === undefined ? {} : { browse: (context, parentId) => browse({ http, ...context }, parentId) }),
    ...(memberships === undefined ? {} : { memberships: (context) => memberships({ http, ...context }) }),
  };
}
