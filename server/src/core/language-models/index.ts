export * from './language-model.ts';
export * from './model-catalog.ts';
export * from './remember-answers.ts';
