import { z } from 'zod';
import { resolveSearcher, writeFilter } from '../../../core/search/index.ts';
import type { Logger } from '../../../core/shared/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { toErrorAnswer } from '../error-response.ts';
import type { EventSink } from '../event-stream.ts';
import type { EventStreams } from '../event-streams.ts';
import { toAgenticAnswer } from './agentic-answer.ts';
import { toAgenticMessage, toDiagnostics } from './agentic-messages.ts';
import {
  type AgenticSearchDependencies,
  AgenticSearchRequest,
  type PreparedAgenticSearch,
  runAgenticSearch,
} from './agentic-request.ts';
import { requireSearch } from './count-search.ts';
import { collectionNotFound } from './find-searchable.ts';
import { type TellSearchDependencies, tellOfStream } from './tell-of-search.ts';

export interface StreamAgenticDependencies extends AgenticSearchDependencies, TellSearchDependencies {
  readonly streams: EventStreams;
  readonly logger: Logger;
}

/** As the contract has them; other streams send more. */
const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache',
  'X-Accel-Buffering': 'no',
};

/** `POST /collections/{readable_id}/search/agentic/stream`: the search in rounds, told step by step. */
export function streamAgenticEndpoint(deps: StreamAgenticDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/search/agentic/stream',
    summary: 'Search a collection in rounds and follow them',
    description:
      'Server-sent events, one JSON object each: `started`, then `thinking` and `tool_call` as they happen, then one `done` with what `/search/agentic` answers, or one `error`. Comment frames keep the connection alive. When the client leaves, the search stops.',
    tags: ['search'],
    access: { scope: 'search', collectionParam: 'readable_id', collectionNotFound },
    params: z.object({ readable_id: z.string() }),
    body: AgenticSearchRequest,
    example: { query: 'Which reports tell why revenue grew?' },
    response: z.string(),
    produces: ['text/event-stream'],
    timeoutMs: null,
    errors: [429],
    handler: async ({ params, body, caller, signal, requestId, disconnect }) => {
      const startedAt = performance.now();
      await requireSearch(deps, caller, 'tokens');
      const collection = await deps.store.findCollection(caller.scope, params.readable_id);
      // What is wrong with the request itself is told before the stream; a missing collection, by contract, in it.
      const prepared: PreparedAgenticSearch | undefined = collection && {
        ...{ caller, collection, body },
        principals: await resolveSearcher(deps, caller, collection.id, body.as_user),
      };
      const started = {
        type: 'started',
        request_id: requestId,
        tier: 'agentic',
        collection_readable_id: params.readable_id,
        query: body.query,
        thinking: body.thinking,
        filter: body.filter === undefined ? null : writeFilter(body.filter),
        limit: body.limit ?? null,
      };
      return deps.streams.open(
        { caller, signal, disconnect },
        (own) => {
          const sink = tellOfStream(deps, { scope: caller.scope, requestId }, own);
          sink.send(started);
          if (prepared !== undefined) return streamAgenticSearch(deps, sink, prepared, { startedAt, requestId });
          const message = `404: ${collectionNotFound(params.readable_id)}`;
          sink.send({ type: 'error', message, request_id: requestId });
          sink.end();
          return () => undefined;
        },
        { heartbeat: () => null, headers, closeAfterMs: 0 },
      );
    },
  });
}

/** @returns what ends the work when the client leaves */
function streamAgenticSearch(
  deps: StreamAgenticDependencies,
  sink: EventSink,
  prepared: PreparedAgenticSearch,
  { startedAt, requestId }: { readonly startedAt: number; readonly requestId: string },
): () => void {
  const stop = new AbortController();
  const run = async (): Promise<void> => {
    const tell = (event: Parameters<typeof toAgenticMessage>[0]) => sink.send(toAgenticMessage(event));
    const answer = await runAgenticSearch(deps, prepared, tell, stop.signal);
    const done = await toAgenticAnswer(deps, prepared, answer, startedAt, stop.signal);
    const durationMs = Math.round(performance.now() - startedAt);
    sink.send({ type: 'done', ...done, duration_ms: durationMs, diagnostics: toDiagnostics(answer.run) });
  };
  run()
    .catch((error: unknown) => {
      if (stop.signal.aborted) return;
      const { status, body, isUnexpected } = toErrorAnswer(error);
      if (isUnexpected) deps.logger.error({ err: error, requestId }, 'a streamed agentic search failed unexpectedly');
      const detail = 'detail' in body && typeof body.detail === 'string' ? body.detail : 'The search failed.';
      const message = isUnexpected ? 'An internal error occurred during search.' : `${status}: ${detail}`;
      const durationMs = Math.round(performance.now() - startedAt);
      sink.send({ type: 'error', message, duration_ms: durationMs, request_id: requestId });
    })
    .finally(() => sink.end());
  return () => stop.abort(new DOMException('The client has left.', 'AbortError'));
}
