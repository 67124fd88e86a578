export * from './errors.ts';
export * from './ids.ts';
export * from './json.ts';
export * from './logger.ts';
export * from './plain-text.ts';
export * from './scope.ts';
export * from './without-secrets.ts';
