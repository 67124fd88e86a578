import { z } from 'zod';
import { type QueryLogStore, requireInsightAccess } from '../../../core/insights/index.ts';
import type { SearchStore } from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { findReportedCollection, reportParams } from './find-reported-collection.ts';

export interface EvaluationSetDependencies {
  readonly store: Pick<QueryLogStore, 'listJudgedQueries'>;
  readonly collections: Pick<SearchStore, 'findCollection'>;
}

const EvaluationSet = z
  .object({
    queries: z.array(
      z.object({
        id: z.string(),
        text: z.string(),
        judgements: z
          .record(z.string(), z.int().min(0).max(3))
          .describe("Grade, 0 to 3, by the source's own id of the document."),
      }),
    ),
  })
  .meta({ id: 'EvaluationSet' });

/** `GET /collections/{readable_id}/evaluation-set`: queries with judged documents, as `weft eval` reads them. */
export function getEvaluationSetEndpoint({ store, collections }: EvaluationSetDependencies): Endpoint {
  return defineEndpoint({
    method: 'GET',
    path: '/collections/{readable_id}/evaluation-set',
    summary: 'Get evaluation set',
    description:
      'The queries whose words are kept and for which somebody called a result good, with what was said of their results. For owners and admins, and keys with the scope `admin`.',
    tags: ['insights'],
    access: { scope: 'admin', collectionParam: 'readable_id' },
    params: reportParams,
    query: z.object({ limit: z.int().min(1).max(10_000).default(1000).describe('The latest so many queries.') }),
    response: EvaluationSet,
    errors: [404],
    audit: ({ params }) => ({ action: 'export.made', objectType: 'collection', objectId: params.readable_id }),
    handler: async ({ params, query: { limit }, caller }) => {
      requireInsightAccess(caller);
      const collection = await findReportedCollection(collections, caller.scope, params.readable_id);
      const queries = await store.listJudgedQueries(caller.scope, collection.id, limit);
      return { queries: queries.map(({ id, text, judgements }) => ({ id, text, judgements: { ...judgements } })) };
    },
  });
}
