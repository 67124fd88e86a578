export * from './administration-store.ts';
export * from './person.ts';
export * from './reach.ts';
