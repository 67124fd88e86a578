export * from './encoder.ts';
export * from './filter.ts';
export * from './parse-filter.ts';
export * from './principals-of.ts';
export * from './search-collection.ts';
export * from './search-index.ts';
export * from './search-query.ts';
export * from './search-store.ts';
