export * from './auth-provider.ts';
export * from './auth-providers.ts';
export * from './provider-connection.ts';
export * from './provider-credentials.ts';
