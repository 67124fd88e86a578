import { describeSearchIndex } from '../search-index.conformance.ts';
import { createInMemoryIndex } from './in-memory-index.ts';

describeSearchIndex('The in-memory index', async () => createInMemoryIndex());
