import { z } from 'zod';

/**
 * What the commands read of the API's answers: the fields they use and nothing more, each as forgiving as its use
 * allows, so that an older or newer server is still understood. Other fields are kept for `--json`.
 */

const Text = z.string();
const OptionalText = z.string().nullish();
const Count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

export const Collection = z.looseObject({
  id: Text,
  name: Text,
  readable_id: Text,
  status: OptionalText,
  created_at: OptionalText,
  modified_at: OptionalText,
});
export type Collection = z.output<typeof Collection>;

export const Job = z.looseObject({
  id: Text,
  status: Text,
  started_at: OptionalText,
  completed_at: OptionalText,
  duration_seconds: z.number().nullish(),
  entities_inserted: Count,
  entities_updated: Count,
  entities_deleted: Count,
  entities_failed: Count,
  entities_kept: Count,
  error: OptionalText,
  phase: OptionalText,
  rate: z.number().nullish(),
  remaining: z.number().nullish(),
});
export type Job = z.output<typeof Job>;

/** A rebuild of a collection's index. */
export const Reindex = z.looseObject({
  id: Text,
  status: Text,
  documents_total: Count,
  documents_done: Count,
  documents_failed: Count,
  error: OptionalText,
  ended_at: OptionalText,
});
export type Reindex = z.output<typeof Reindex>;

/** The move of all indexes to the configured engine. */
export const IndexMove = z.looseObject({
  collections: Count,
  in_place: Count,
  under_way: Count,
  left: Count,
  examples: z.array(z.looseObject({ readable_id: Text, error: OptionalText })),
});
export type IndexMove = z.output<typeof IndexMove>;

export const ConnectionListItem = z.looseObject({
  id: Text,
  name: Text,
  short_name: Text,
  readable_collection_id: Text,
  modified_at: OptionalText,
  entity_count: Count,
  status: OptionalText,
});
export type ConnectionListItem = z.output<typeof ConnectionListItem>;

export const Connection = z.looseObject({
  id: Text,
  name: Text,
  short_name: Text,
  readable_collection_id: Text,
  status: OptionalText,
  config: z.record(z.string(), z.unknown()).nullish(),
  error_message: OptionalText,
  held_deletions: z.looseObject({ count: Count, total: Count }).nullish(),
  sync: z.looseObject({ last_job: Job.nullish() }).nullish(),
});
export type Connection = z.output<typeof Connection>;

export const SearchResult = z.looseObject({
  entity_id: OptionalText,
  name: OptionalText,
  relevance_score: z.number().nullish(),
  breadcrumbs: z.array(z.looseObject({ name: OptionalText })).nullish(),
  created_at: OptionalText,
  updated_at: OptionalText,
  textual_representation: OptionalText,
  web_url: OptionalText,
  url: OptionalText,
  raw_source_fields: z.record(z.string(), z.unknown()).nullish(),
});
export type SearchResult = z.output<typeof SearchResult>;
export const SearchAnswer = z.looseObject({ results: z.array(SearchResult) });
/** Which documents a search found, and how. */
export const RankedAnswer = z.looseObject({
  results: z.array(z.looseObject({ airweave_system_metadata: z.looseObject({ original_entity_id: Text }) })),
  strategy: OptionalText,
});

const Document = z.looseObject({
  id: Text,
  name: OptionalText,
  state: OptionalText,
  error: OptionalText,
  url: OptionalText,
  updated_at: OptionalText,
});
/** A plain array, or an object with a `documents` key. */
export const DocumentList = z.union([
  z.array(Document),
  z.looseObject({ documents: z.array(Document) }).transform(({ documents }) => documents),
]);

export const AccountLink = z.looseObject({ url: Text });

export const ApiKey = z.looseObject({
  id: Text,
  name: OptionalText,
  key_prefix: OptionalText,
  scopes: z.array(z.string()).nullish(),
  collections: z.array(z.string()).nullish(),
  created_at: OptionalText,
  last_used_date: OptionalText,
  expiration_date: OptionalText,
  decrypted_key: OptionalText,
});
export type ApiKey = z.output<typeof ApiKey>;

const Chain = z.array(z.string());

export const ModelList = z.looseObject({
  tasks: z.looseObject({ classic: Chain, agentic: Chain, answer: Chain }),
  models: z.array(
    z.looseObject({
      name: Text,
      breaker: OptionalText,
      last_problem: z.looseObject({ message: Text }).nullish(),
      since_start: z
        .looseObject({
          calls: Count,
          failures: Count,
          input_tokens: Count,
          output_tokens: Count,
          cost: z.number().nullish(),
        })
        .nullish(),
    }),
  ),
  embedding: z.looseObject({ model: Text, last_problem: z.looseObject({ message: Text, fix: Text }).nullish() }),
});
export type ModelList = z.output<typeof ModelList>;

const TestedModel = z.looseObject({
  name: Text,
  ok: z.boolean(),
  latency_ms: Count,
  problem: z.looseObject({ message: Text, fix: Text, detail: OptionalText }).nullish(),
});

export const ModelTest = z.looseObject({ models: z.array(TestedModel), embedding: TestedModel.nullish() });
export type ModelTest = z.output<typeof ModelTest>;

export const Readiness = z.looseObject({
  status: Text,
  checks: z.record(z.string(), z.looseObject({ status: Text, error: OptionalText })).nullish(),
});
export type Readiness = z.output<typeof Readiness>;

/** Of `/openapi.json`, the only place that names the server's version. */
export const ApiDescription = z.object({ info: z.object({ version: Text }) });
