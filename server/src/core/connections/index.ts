export * from './connection-store.ts';
export * from './connections.ts';
export * from './connector-registry.ts';
export * from './credential-vault.ts';
export * from './jobs.ts';
export * from './schedule-input.ts';
export * from './source-connection.ts';
export * from './sync-control.ts';
