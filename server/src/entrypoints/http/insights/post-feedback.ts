import { z } from 'zod';
import {
  giveFeedback,
  judgements,
  maxFeedbackPerSearch,
  type QueryLog,
  type QueryLogStore,
  SearchId,
} from '../../../core/insights/index.ts';
import type { SearchStore } from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { findReportedCollection, reportParams } from './find-reported-collection.ts';

export interface FeedbackDependencies {
  readonly store: Pick<QueryLogStore, 'saveFeedback'>;
  readonly log: Pick<QueryLog, 'flush'>;
  readonly collections: Pick<SearchStore, 'findCollection'>;
}

const FeedbackRequest = z
  .object({
    search_id: SearchId.describe('Of the answer that the results are from.'),
    results: z
      .array(
        z.object({
          entity_id: z.string().min(1).max(1024).describe('Id of the passage, or of its document.'),
          judgement: z.enum(judgements),
          grade: z
            .int()
            .min(0)
            .max(3)
            .optional()
            .describe(
              'From 0, beside the point, to 3, exactly it. Default: 2 for `good`, 1 for `clicked`; always 0 for `bad`.',
            ),
        }),
      )
      .min(1)
      .max(maxFeedbackPerSearch),
  })
  .meta({ id: 'FeedbackRequest' });

const FeedbackAnswer = z.object({ saved: z.int() }).meta({ id: 'FeedbackAnswer' });

/** `POST /collections/{readable_id}/feedback`: what somebody thought of the results of a search. */
export function postFeedbackEndpoint({ store, log, collections }: FeedbackDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/feedback',
    summary: 'Say how good results were',
    description:
      'Says of the results of one search which were good, bad or opened. A new word on a document replaces the old one. A search takes feedback on at most 100 documents, for as long as the query log keeps it.',
    tags: ['insights'],
    access: { scope: 'search', collectionParam: 'readable_id' },
    params: reportParams,
    body: FeedbackRequest,
    response: FeedbackAnswer,
    errors: [404],
    handler: async ({ params, body, caller, signal }) => {
      const collection = await findReportedCollection(collections, caller.scope, params.readable_id);
      const given = body.results.map(({ entity_id, judgement, grade }) => ({
        entityId: entity_id,
        judgement,
        ...(grade === undefined ? {} : { grade }),
      }));
      const search = { collectionId: collection.id, id: body.search_id };
      await giveFeedback({ store, log }, caller.scope, search, given, { now: new Date(), signal });
      return { saved: given.length };
    },
  });
}
