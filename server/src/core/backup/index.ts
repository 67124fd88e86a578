export * from './backups.ts';
export * from './database-snapshot.ts';
