export * from './api-keys.ts';
export * from './authenticate.ts';
export * from './caller.ts';
export * from './identity.ts';
export type { IdentityStore } from './identity-store.ts';
export * from './memberships.ts';
export * from './permissions.ts';
