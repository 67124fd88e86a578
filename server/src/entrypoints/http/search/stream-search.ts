import { z } from 'zod';
import type { Logger } from '../../../core/shared/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { toErrorAnswer } from '../error-response.ts';
import type { EventSink } from '../event-stream.ts';
import type { EventStreams } from '../event-streams.ts';
import { toOlderResult } from './older-search-answer.ts';
import { numberEvents } from './older-search-events.ts';
import { OlderSearchBody } from './older-search-request.ts';
import {
  type OlderSearchDependencies,
  olderNotFound,
  type PreparedOlderSearch,
  prepareOlderSearch,
  toOlderSearch,
} from './prepare-older-search.ts';
import { type OlderSearchOutcome, runOlderSearch } from './run-older-search.ts';

export interface StreamSearchDependencies extends OlderSearchDependencies {
  readonly streams: EventStreams;
  readonly logger: Logger;
}

/** `POST /collections/{readable_id}/search/stream`: the older search, told step by step. */
export function streamSearchEndpoint(deps: StreamSearchDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/search/stream',
    summary: 'Search a collection and follow the steps, for older clients',
    description:
      'The body of `/search` in either form. Server-sent events, one JSON object each: `connected`, then what each step does, `results`, and `done` or `error`; `heartbeat` after 30 seconds of silence. The stream ends after the last.',
    tags: ['search'],
    access: { scope: 'search', collectionParam: 'readable_id', collectionNotFound: olderNotFound },
    params: z.object({ readable_id: z.string() }),
    body: OlderSearchBody,
    example: { query: 'how did revenue grow', generate_answer: false },
    response: z.string(),
    produces: ['text/event-stream'],
    errors: [404, 429],
    handler: async ({ params, body, caller, signal, requestId, disconnect }) => {
      const prepared = await prepareOlderSearch(deps, caller, params.readable_id, toOlderSearch(body));
      const search = (stopped: AbortSignal, tell: ReturnType<typeof numberEvents>) =>
        runOlderSearch(deps, caller, prepared, stopped, tell);
      return deps.streams.open(
        { caller, signal, disconnect },
        (sink) => streamOlderSearch(sink, { requestId, prepared, search, logger: deps.logger }),
        { heartbeat: () => ({ type: 'heartbeat', ts: now() }), closeAfterMs: 0 },
      );
    },
  });
}

interface StreamedSearch {
  readonly requestId: string;
  readonly prepared: PreparedOlderSearch;
  readonly search: (signal: AbortSignal, tell: ReturnType<typeof numberEvents>) => Promise<OlderSearchOutcome>;
  readonly logger: Logger;
}

/** @returns what ends the work when the client leaves */
function streamOlderSearch(sink: EventSink, { requestId, prepared, search, logger }: StreamedSearch): () => void {
  const stop = new AbortController();
  const tell = numberEvents((message) => sink.send(message));
  const run = async (): Promise<void> => {
    sink.send({ type: 'connected', request_id: requestId, ts: now() });
    const { query, readableId } = prepared;
    tell(undefined, 'start', { request_id: requestId, query, collection_id: readableId });
    const { hits } = await search(stop.signal, tell);
    tell(undefined, 'results', { results: hits.map(toOlderResult) });
    tell(undefined, 'done', { request_id: requestId });
  };
  run()
    .catch((error: unknown) => {
      if (stop.signal.aborted) return;
      const { status, body, isUnexpected } = toErrorAnswer(error);
      if (isUnexpected) logger.error({ err: error, requestId }, 'a streamed search failed unexpectedly');
      const message = 'detail' in body && typeof body.detail === 'string' ? body.detail : 'The search failed.';
      sink.send({ type: 'error', message, transient: status >= 500 });
    })
    .finally(() => sink.end());
  return () => stop.abort(new DOMException('The client has left.', 'AbortError'));
}

function now(): string {
  return new Date().toISOString();
}
