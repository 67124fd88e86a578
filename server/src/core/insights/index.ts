export * from './give-feedback.ts';
export * from './query-log.ts';
export * from './query-log-store.ts';
export * from './require-insight-access.ts';
export * from './sweep-query-log.ts';
