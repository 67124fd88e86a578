export * from './collection.ts';
export * from './collection-status.ts';
export type * from './collection-store.ts';
export * from './collections.ts';
export * from './readable-id.ts';
export * from './sync-config.ts';
