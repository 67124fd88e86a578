export * from './connect-connections.ts';
export * from './connect-session.ts';
export type * from './connect-session-store.ts';
export * from './connect-sessions.ts';
export { deriveSigningKeys } from './session-token.ts';
