export * from './move-indexes.ts';
export * from './reindex.ts';
export * from './reindex-store.ts';
export * from './reindexes.ts';
export * from './run-next-reindex.ts';
export * from './run-reindex.ts';
