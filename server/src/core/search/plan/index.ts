export * from './arrange-hits.ts';
export * from './plan-by-rules.ts';
export * from './plan-question.ts';
export * from './planner-prompt.ts';
export * from './search-plan.ts';
