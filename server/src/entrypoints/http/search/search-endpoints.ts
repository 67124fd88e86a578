import type { LanguageModel, LanguageModels } from '../../../core/language-models/index.ts';
import {
  type DocumentFinder,
  type FreshnessStore,
  type MembershipStore,
  rememberFreshness,
  type SearchableCollections,
  type SearchDependencies,
  type SearchIndex,
  type SearchStore,
} from '../../../core/search/index.ts';
import type { Logger } from '../../../core/shared/index.ts';
import type { Endpoint } from '../endpoint.ts';
import type { EventStreams } from '../event-streams.ts';
import { getUserPrincipalsEndpoint, toAsUserEndpoint, toOlderAsUserEndpoint } from './as-user-endpoints.ts';
import { countFacetsEndpoint } from './count-facets.ts';
import { getFilterSchemaEndpoint } from './get-filter-schema.ts';
import { getOlderFilterSchemaEndpoint } from './get-older-filter-schema.ts';
import { getSearchEndpoint } from './get-search.ts';
import type { LogSearchDependencies } from './log-search.ts';
import { postSearchEndpoint } from './post-search.ts';
import { searchAcrossClassicEndpoint } from './search-across-classic.ts';
import { searchAcrossInstantEndpoint } from './search-across-instant.ts';
import { searchAgenticEndpoint } from './search-agentic.ts';
import { searchClassicEndpoint } from './search-classic.ts';
import { searchInstantEndpoint } from './search-instant.ts';
import { streamAgenticEndpoint } from './stream-agentic.ts';
import { streamAgenticWithModelEndpoint } from './stream-agentic-with-model.ts';
import { streamSearchEndpoint } from './stream-search.ts';
import { type TellSearchDependencies, tellOfQuery, tellOfTier } from './tell-of-search.ts';

export interface SearchEndpointDependencies extends SearchDependencies, LogSearchDependencies, TellSearchDependencies {
  readonly store: SearchStore;
  readonly documents: DocumentFinder;
  readonly memberships: MembershipStore;
  readonly index: Pick<SearchIndex, 'retrieve' | 'fetch' | 'readDocuments'>;
  readonly freshness: FreshnessStore;
  readonly collections: SearchableCollections;
  /** Absent, as a whole or for a task: rules do the work. */
  readonly languageModels?: LanguageModels;
  readonly findModel?: (name: string) => LanguageModel | undefined;
  readonly streams: EventStreams;
  readonly logger: Logger;
}

/** A search's answer may be so much older than the newest sync. */
const freshnessForMs = 5000;

export function searchEndpoints(given: SearchEndpointDependencies): readonly Endpoint[] {
  const dependencies = { ...given, freshness: rememberFreshness(given.freshness, { forMs: freshnessForMs }) };
  const instant = tellOfTier(dependencies, 'instant', searchInstantEndpoint(dependencies));
  const classic = tellOfTier(dependencies, 'classic', searchClassicEndpoint(dependencies));
  const agentic = tellOfTier(dependencies, 'agentic', searchAgenticEndpoint(dependencies));
  const post = tellOfQuery(dependencies, postSearchEndpoint(dependencies));
  return [
    searchAcrossInstantEndpoint(dependencies),
    searchAcrossClassicEndpoint(dependencies),
    instant,
    classic,
    agentic,
    streamAgenticEndpoint(dependencies),
    streamAgenticWithModelEndpoint(dependencies),
    post,
    tellOfQuery(dependencies, getSearchEndpoint(dependencies)),
    tellOfQuery(dependencies, streamSearchEndpoint(dependencies)),
    getOlderFilterSchemaEndpoint(),
    getFilterSchemaEndpoint(dependencies),
    countFacetsEndpoint(dependencies),
    toAsUserEndpoint(instant),
    toAsUserEndpoint(classic),
    toAsUserEndpoint(agentic),
    toOlderAsUserEndpoint(post),
    getUserPrincipalsEndpoint(dependencies),
  ];
}
