import { setTimeout as sleep } from 'node:timers/promises';

export interface PushedDocument {
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

export interface EvalClient {
  createCollection(readableId: string): Promise<void>;
  /** Returns when all of them are searchable. @throws Error that names those which could not be indexed */
  push(readableId: string, documents: readonly PushedDocument[]): Promise<void>;
  /** Ids of the documents found, best first. `strategy`: one of the instant tier's, or `classic` and `agentic` for those tiers. */
  search(readableId: string, query: string, strategy: string, limit: number): Promise<readonly string[]>;
}

/** How long a push that was taken but not yet indexed is waited for. */
const indexingTimeoutMs = 600_000;

/** The public API as the measurement uses it. */
export function createEvalClient(url: string, signal: AbortSignal): EvalClient {
  const call = async (method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${url}${path}`, {
      method,
      signal,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok && response.status !== 404) {
      throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`);
    }
    return { status: response.status, body: JSON.parse(text) };
  };
  const waitUntilIndexed = async (readableId: string, documentId: string): Promise<void> => {
    const path = `/collections/${readableId}/documents/${encodeURIComponent(documentId)}`;
    for (
      const startedAt = Date.now();
      Date.now() - startedAt < indexingTimeoutMs;
      await sleep(500, undefined, { signal })
    ) {
      const { status, body } = await call('GET', path);
      if (status === 200 && ['indexed', 'failed'].includes((body as { state: string }).state)) return;
    }
    throw new Error(`document ${documentId} was not indexed within ${indexingTimeoutMs / 60_000} minutes`);
  };
  return {
    createCollection: async (readableId) => {
      await call('POST', '/collections', { name: 'Evaluation', readable_id: readableId });
    },
    push: async (readableId, documents) => {
      const { status, body } = await call('POST', `/collections/${readableId}/documents?wait=true`, { documents });
      const { failed } = body as { failed: readonly { id: string; error: string }[] };
      const [first] = failed;
      if (first !== undefined) {
        throw new Error(`${failed.length} documents could not be indexed, the first is ${first.id}: ${first.error}`);
      }
      // Documents are indexed in the order in which they were pushed.
      const last = documents.at(-1);
      if (status === 202 && last !== undefined) await waitUntilIndexed(readableId, last.id);
    },
    search: async (readableId, query, strategy, limit) => {
      const tier = strategy === 'classic' || strategy === 'agentic' ? strategy : 'instant';
      const request = tier === 'instant' ? { query, retrieval_strategy: strategy, limit } : { query, limit };
      const { status, body } = await call('POST', `/collections/${readableId}/search/${tier}`, request);
      if (status === 404) throw new Error(`the collection ${readableId} is gone`);
      const answer = body as {
        strategy: string;
        results: readonly { airweave_system_metadata: { original_entity_id: string } }[];
      };
      if (tier === 'instant' && answer.strategy !== strategy)
        throw new Error(`asked for ${strategy}, the server did ${answer.strategy}`);
      return answer.results.map((result) => result.airweave_system_metadata.original_entity_id);
    },
  };
}
