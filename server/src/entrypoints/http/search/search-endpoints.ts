import type { SearchDependencies, SearchStore } from '../../../core/search/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { getFilterSchemaEndpoint } from './get-filter-schema.ts';
import { getOlderFilterSchemaEndpoint } from './get-older-filter-schema.ts';
import { getSearchEndpoint } from './get-search.ts';
import { postSearchEndpoint } from './post-search.ts';
import { searchClassicEndpoint } from './search-classic.ts';
import { searchInstantEndpoint } from './search-instant.ts';

export interface SearchEndpointDependencies extends SearchDependencies {
  readonly store: SearchStore;
}

export function searchEndpoints(dependencies: SearchEndpointDependencies): readonly Endpoint[] {
  return [
    searchInstantEndpoint(dependencies),
    searchClassicEndpoint(dependencies),
    postSearchEndpoint(dependencies),
    getSearchEndpoint(dependencies),
    getOlderFilterSchemaEndpoint(),
    getFilterSchemaEndpoint(dependencies),
  ];
}
