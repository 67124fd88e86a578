export * from './outbound-http.ts';
export type * from './source-http-factory.ts';
