import type { LanguageModel } from '../language-models/index.ts';
import type { Scope } from '../shared/index.ts';
import type { PlannerContext } from './plan/index.ts';
import type { SearchRequest } from './search-collection.ts';
import type { SearchStore } from './search-store.ts';

/** What a planner may know of a collection. The sources' own fields are only read for a model, with the searcher's eyes. */
export async function readPlannerContext(
  deps: {
    readonly store: Pick<SearchStore, 'describeContents'> & Partial<Pick<SearchStore, 'sampleFields'>>;
    readonly model?: LanguageModel;
    readonly now?: () => Date;
  },
  scope: Scope,
  { collection, filter, principals }: Pick<SearchRequest, 'collection' | 'filter' | 'principals'>,
): Promise<PlannerContext> {
  const [{ types }, { fields }] = await Promise.all([
    deps.store.describeContents(scope, collection.id),
    deps.model === undefined || deps.store.sampleFields === undefined
      ? { fields: [] }
      : deps.store.sampleFields(scope, collection.id, principals === undefined ? {} : { principals }),
  ]);
  return {
    now: deps.now?.() ?? new Date(),
    types,
    ownFields: fields,
    ...(filter === undefined ? {} : { filter }),
  };
}
