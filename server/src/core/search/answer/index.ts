export * from './answer-with-citations.ts';
export * from './rerank-with-model.ts';
