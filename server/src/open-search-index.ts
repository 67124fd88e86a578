import { readdir } from 'node:fs/promises';
import type { TableLock } from './adapters/search-index/lancedb/table-lock.ts';
import type { SearchLocation } from './adapters/search-index/opensearch/search-url.ts';
import { createTwoEngines, type EngineIndex } from './adapters/search-index/two-engines.ts';
import type { IndexRef, SearchIndex } from './core/search/index.ts';
import type { Logger } from './core/shared/index.ts';

export interface SearchIndexSettings {
  /** A cluster; undefined: there is only the embedded index in `directory`. */
  readonly location: SearchLocation | undefined;
  /** Where indexes are made. */
  readonly engine: 'opensearch' | 'lancedb';
  readonly directory: string;
  /** Whether this process brings the embedded index up to its rows; a cluster does that itself. */
  readonly isMaintained: boolean;
  /** Of the embedded index where other processes use it too; a cluster needs none. */
  readonly lock: TableLock | undefined;
  readonly logger: Logger;
}

export interface OpenedSearchIndex extends SearchIndex {
  /** Whether a generation is in the engine that is not chosen. */
  isElsewhere(ref: IndexRef): Promise<boolean>;
}

/**
 * The search index that the configuration asks for: one engine, or both while collections are left in the other one.
 *
 * @throws AppError that says what is wrong with the cluster
 */
export async function openSearchIndex(settings: SearchIndexSettings): Promise<OpenedSearchIndex> {
  const { location, engine, directory } = settings;
  if (location === undefined) return alone(await openEmbedded(settings));
  // Loaded only when it is asked for: the client takes time and memory to load.
  const { openOpenSearchIndex } = await import('./adapters/search-index/opensearch/opensearch-index.ts');
  const cluster = await openOpenSearchIndex(location);
  try {
    if (engine === 'opensearch' && (await readdir(directory)).length === 0) return alone(cluster);
    const embedded = await openEmbedded(settings);
    const [chosen, other] = engine === 'opensearch' ? [cluster, embedded] : [embedded, cluster];
    return {
      ...createTwoEngines(chosen, other),
      isElsewhere: async (ref) => !(await chosen.has(ref)) && (await other.has(ref)),
    };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

async function openEmbedded({ directory, isMaintained, lock, logger }: SearchIndexSettings): Promise<EngineIndex> {
  const { openLanceDbIndex } = await import('./adapters/search-index/lancedb/lancedb-index.ts');
  return openLanceDbIndex({ directory, logger, isMaintained, ...(lock === undefined ? {} : { lock }) });
}

function alone(index: EngineIndex): OpenedSearchIndex {
  return Object.assign(index, { isElsewhere: async () => false });
}
