import { describe, test } from 'vitest';
import { describeSearchIndex } from '../search-index.conformance.ts';
import { openOpenSearchIndex } from './opensearch-index.ts';
import { toSearchLocation } from './search-url.ts';

const url = process.env.TEST_SEARCH_URL;

if (url === undefined) {
  describe('OpenSearch as a search index', () => {
    test.skip('needs a cluster: TEST_SEARCH_URL is not set (see server/test/opensearch)', () => undefined);
  });
} else {
  describeSearchIndex('OpenSearch', async () => openOpenSearchIndex({ ...toSearchLocation(url), prefix: 'weft-test' }));
}
