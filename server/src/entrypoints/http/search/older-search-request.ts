import { z } from 'zod';
import { SearchQuery } from '../../../core/search/index.ts';
import { coerceInput } from '../validation/coerce-input.ts';
import { markIntegers } from '../validation/describe-issue.ts';
import { AsUser } from './as-user.ts';

/** `neural` is what the tiers call `semantic`; both are understood. */
export const olderStrategies = ['hybrid', 'neural', 'semantic', 'keyword'] as const;
export const responseTypes = ['raw', 'completion'] as const;

const Filter = z
  .record(z.string(), z.unknown())
  .nullish()
  .describe(
    'Lists of conditions under `must`, `must_not` and `should`; see `GET /collections/internal/filter-schema`.',
  );
const ConnectionIds = z.array(z.guid()).max(1000).nullish().describe('Only what these connections brought.');
const needsModel = 'Taken, and without effect where there is no language model.';

/** The newer of the two bodies. Bounds of `offset` and `limit` are checked when the form is known. */
const SearchRequest = z.object({
  query: SearchQuery,
  retrieval_strategy: z.enum(olderStrategies).nullish(),
  filter: Filter,
  offset: z.int().nullish(),
  limit: z.int().nullish(),
  source_connection_ids: ConnectionIds,
  // Beside the reference, as in the tiers.
  as_user: AsUser,
  temporal_relevance: z.number().nullish().describe('Taken and ignored.'),
  expand_query: z.boolean().nullish().describe(needsModel),
  interpret_filters: z
    .boolean()
    .nullish()
    .describe('Read filters out of the question; rules do where there is no language model.'),
  rerank: z.boolean().nullish().describe(needsModel),
  generate_answer: z
    .boolean()
    .nullish()
    .describe('Answer in words; sentences of the results where there is no language model.'),
});

const LegacySearchRequest = z.object({
  query: SearchQuery,
  filter: Filter,
  offset: z.int().min(0).nullish(),
  limit: z.int().min(1).max(1000).nullish(),
  score_threshold: z.number().min(0).max(1).nullish().describe('Taken and ignored.'),
  response_type: z.enum(responseTypes).default('raw'),
  search_method: z.enum(olderStrategies).nullish(),
  retrieval_strategy: z.enum(olderStrategies).nullish().describe('Another name of `search_method`.'),
  recency_bias: z.number().min(0).max(1).nullish().describe('Taken and ignored.'),
  expansion_strategy: z.enum(['auto', 'llm', 'no_expansion']).nullish().describe(needsModel),
  enable_reranking: z.boolean().nullish().describe(needsModel),
  enable_query_interpretation: z
    .boolean()
    .nullish()
    .describe('Read filters out of the question; rules do where there is no language model.'),
  // Not of this form, but a restriction must not be dropped because another key did not fit the form that has it.
  source_connection_ids: ConnectionIds,
  as_user: AsUser,
});
const searchKeys = Object.keys(SearchRequest.shape).filter((key) => key !== 'as_user');
const legacyKeys = Object.keys(LegacySearchRequest.shape).filter(
  (key) => key !== 'source_connection_ids' && key !== 'as_user',
);

/** Which of the two bodies was sent, and what it says. */
export type OlderSearchRequest =
  | { readonly form: 'search'; readonly body: z.output<typeof SearchRequest> }
  | { readonly form: 'legacy'; readonly body: z.output<typeof LegacySearchRequest> };

const { $schema: _search, ...searchSchema } = toInputSchema(SearchRequest);
const { $schema: _legacy, ...legacySchema } = toInputSchema(LegacySearchRequest);

/**
 * The body of `POST /search`: one of two forms that share most of their keys. Of those that fit, it is the one that knows more
 * of the keys that were sent, the newer one when both know as many. When none fits, that one's complaints are given.
 */
export const OlderSearchBody = z
  .unknown()
  .transform((sent, context): OlderSearchRequest => {
    const search = SearchRequest.safeParse(coerceInput(SearchRequest, sent), { error: markIntegers });
    const legacy = LegacySearchRequest.safeParse(coerceInput(LegacySearchRequest, sent), { error: markIntegers });
    const knowsMore = countKnown(sent, legacyKeys) > countKnown(sent, searchKeys);
    if (legacy.success && (knowsMore || !search.success)) return { form: 'legacy', body: legacy.data };
    if (search.success) return { form: 'search', body: search.data };
    const { error } = knowsMore && !legacy.success ? legacy : search;
    // Issues that have their words keep them; only the type does not know that they may be handed on.
    for (const issue of error.issues) context.issues.push({ ...issue, input: sent } as z.core.$ZodRawIssue);
    return z.NEVER;
  })
  .meta({ anyOf: [searchSchema, legacySchema] });

function countKnown(sent: unknown, keys: readonly string[]): number {
  return sent === null || typeof sent !== 'object' ? 0 : Object.keys(sent).filter((key) => keys.includes(key)).length;
}

function toInputSchema(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}
