export * from './document.ts';
export * from './document-store.ts';
export * from './documents.ts';
export * from './files.ts';
export * from './push-documents.ts';
export * from './replace-memberships.ts';
