export * from './audit-actions.ts';
export * from './audit-log.ts';
export * from './sweep-audit-log.ts';
