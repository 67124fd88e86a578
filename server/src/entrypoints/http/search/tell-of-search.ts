import type { BackgroundEvents, DomainEvent, EventType } from '../../../core/events/index.ts';
import { type Filter, writeFilter } from '../../../core/search/index.ts';
import { isAppError, type Scope } from '../../../core/shared/index.ts';
import type { Endpoint } from '../endpoint.ts';
import type { EventSink } from '../event-stream.ts';

export interface TellSearchDependencies {
  /** Absent: searches are told to nobody. */
  readonly searchEvents?: Pick<BackgroundEvents, 'mayWant' | 'record'>;
}

const tieredTypes = ['search.started', 'search.completed', 'search.failed'] as const satisfies readonly EventType[];
const maxQueryLength = 1_000;
const maxResults = 100;

type Input = Parameters<Endpoint['handler']>[0];

/** What of a tiered search's request is told; all of them have these fields, or lack them. */
interface TieredBody {
  readonly query?: string;
  readonly retrieval_strategy?: string;
  readonly thinking?: boolean;
  readonly filter?: Filter;
  readonly limit?: number | null;
  readonly offset?: number;
}

interface TieredAnswer {
  readonly results: readonly { readonly entity_id: string; readonly name: string; readonly relevance_score: number }[];
}

/** A search of a tier that also tells that it began and how it ended. It never waits for that. */
export function tellOfTier(
  { searchEvents }: TellSearchDependencies,
  tier: 'instant' | 'classic' | 'agentic',
  endpoint: Endpoint,
): Endpoint {
  if (searchEvents === undefined) return endpoint;
  return {
    ...endpoint,
    async handler(input) {
      const scope = scopeOf(input);
      if (scope === undefined || !searchEvents.mayWant(scope, tieredTypes)) return endpoint.handler(input);
      const tell = (type: EventType, payload: DomainEvent['payload']) => {
        const known = { request_id: input.requestId, tier };
        searchEvents.record(scope, { type, at: new Date(), payload: { ...known, ...payload } });
      };
      const startedAt = performance.now();
      const durationMs = () => Math.round(performance.now() - startedAt);
      tell('search.started', toStarted(input));
      try {
        const answer = await endpoint.handler(input);
        // The endpoint's own answer.
        const { results } = answer as TieredAnswer;
        tell('search.completed', { results: toResults(results), duration_ms: durationMs(), billable: false });
        return answer;
      } catch (error) {
        const message = isAppError(error) ? error.message : 'The search failed.';
        tell('search.failed', { message, duration_ms: durationMs() });
        throw error;
      }
    },
  };
}

/** A search of the older kind, which tells that there was one. */
export function tellOfQuery({ searchEvents }: TellSearchDependencies, endpoint: Endpoint): Endpoint {
  if (searchEvents === undefined) return endpoint;
  return {
    ...endpoint,
    async handler(input) {
      const answer = await endpoint.handler(input);
      const scope = scopeOf(input);
      if (scope !== undefined) {
        const payload = { collection_id: null, queries: 1, billable: false };
        searchEvents.record(scope, { type: 'query.processed', at: new Date(), payload });
      }
      return answer;
    },
  };
}

const streamedTypes: Readonly<Record<string, EventType>> = {
  started: 'search.started',
  thinking: 'search.thinking',
  tool_call: 'search.tool_called',
  done: 'search.completed',
  error: 'search.failed',
};

/** The messages of a streamed search, told as events too. */
export function tellOfStream(
  { searchEvents }: TellSearchDependencies,
  { scope, requestId }: { readonly scope: Scope; readonly requestId: string },
  sink: EventSink,
): EventSink {
  if (searchEvents === undefined || !searchEvents.mayWant(scope, Object.values(streamedTypes))) return sink;
  return {
    ...sink,
    send(message) {
      sink.send(message);
      // A message of the stream.
      const { type: name, ...rest } = message as { readonly type: string } & Partial<TieredAnswer>;
      const type = streamedTypes[name];
      if (type === undefined) return;
      const known = { request_id: requestId, tier: 'agentic' };
      const payload = type === 'search.completed' ? toCompleted(rest) : rest;
      searchEvents.record(scope, { type, at: new Date(), payload: { ...known, ...payload } });
    },
  };
}

function toCompleted(done: Partial<TieredAnswer> & { readonly duration_ms?: number; readonly diagnostics?: object }) {
  const { results = [], duration_ms, diagnostics } = done;
  return { results: toResults(results), duration_ms, diagnostics, billable: false };
}

/** Of whoever acts in an organisation. */
function scopeOf({ caller }: Input): Scope | undefined {
  return caller !== null && 'scope' in caller ? caller.scope : undefined;
}

function toStarted({ params, body }: Input): DomainEvent['payload'] {
  // Parsed by the endpoint's own schemas.
  const { readable_id: readableId } = params as { readonly readable_id: string };
  const { query = '', filter, ...request } = body as TieredBody;
  return {
    collection_readable_id: readableId,
    query: query.slice(0, maxQueryLength).toWellFormed(),
    retrieval_strategy: request.retrieval_strategy ?? null,
    thinking: request.thinking ?? null,
    filter: filter === undefined ? null : writeFilter(filter),
    limit: request.limit ?? null,
    offset: request.offset ?? null,
  };
}

/** What names them, not what they say: document text stays here. */
function toResults(results: TieredAnswer['results']) {
  return results
    .slice(0, maxResults)
    .map(({ entity_id, name, relevance_score }) => ({ entity_id, name, relevance_score }));
}
