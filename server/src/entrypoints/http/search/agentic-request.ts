import { z } from 'zod';
import type { Caller } from '../../../core/access/index.ts';
import type { LanguageModels } from '../../../core/language-models/index.ts';
import {
  type AgenticAnswer,
  type AgenticDependencies,
  type AgenticEvent,
  FilterGroups,
  type SearchableCollection,
  type SearcherDependencies,
  SearchQuery,
  type SearchStore,
  searchAgentic,
} from '../../../core/search/index.ts';
import { AsUser } from './as-user.ts';
import type { LogSearchDependencies } from './log-search.ts';
import { type PresentationDependencies, presentationFields } from './present-results.ts';

export interface AgenticSearchDependencies
  extends Omit<AgenticDependencies, 'model'>,
    SearcherDependencies,
    LogSearchDependencies,
    Pick<PresentationDependencies, 'freshness'> {
  readonly store: Pick<SearchStore, 'findCollection' | 'visibleVersions' | 'describeContents' | 'sampleFields'>;
  /** Absent, or without one for this task: rules do the work. */
  readonly languageModels?: LanguageModels;
}

export const AgenticSearchRequest = z
  .object({
    query: SearchQuery.meta({ description: 'What to find out, as one would ask it.' }),
    thinking: z.boolean().default(false).describe('Let the language model reason at length, where it can.'),
    filter: FilterGroups.meta({ description: 'Holds for every step of the search, whatever the planner does.' }),
    limit: z.int().min(1).nullish().describe('Null: as many as seem to be of use.'),
    as_user: AsUser,
    ...presentationFields,
  })
  .meta({ id: 'AgenticSearchRequest' });
export type AgenticSearchBody = z.output<typeof AgenticSearchRequest>;

/** An agentic search as the API asks for it, with the eyes of these principals. */
export async function runAgenticSearch(
  deps: AgenticSearchDependencies,
  { caller, collection, principals, body }: PreparedAgenticSearch,
  onEvent: (event: AgenticEvent) => void,
  signal: AbortSignal,
): Promise<AgenticAnswer> {
  const { languageModels, ...rest } = deps;
  return await searchAgentic(
    { ...rest, ...(languageModels?.agentic && { model: languageModels.agentic }) },
    caller.scope,
    {
      collection,
      query: body.query,
      thinking: body.thinking,
      limit: body.limit ?? null,
      ...(body.filter === undefined ? {} : { filter: body.filter }),
      ...(principals === undefined ? {} : { principals }),
    },
    onEvent,
    signal,
  );
}

export interface PreparedAgenticSearch {
  readonly caller: Caller;
  readonly collection: SearchableCollection;
  readonly principals: readonly string[] | undefined;
  readonly body: AgenticSearchBody;
}
