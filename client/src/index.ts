export { ApiError, answerOf, type Problem } from './api-error.ts';
export { type ClientOptions, createClient, type WeftClient } from './create-client.ts';
export type { components, operations, paths } from './schema.d.ts';
