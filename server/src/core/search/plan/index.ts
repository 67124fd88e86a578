export * from './arrange-hits.ts';
export * from './plan-by-rules.ts';
export * from './search-plan.ts';
