export * from './auth.ts';
export * from './connector.ts';
export * from './define-connector.ts';
export * from './entity.ts';
export * from './fields-of.ts';
export * from './http/index.ts';
export * from './json.ts';
export * from './source-error.ts';
