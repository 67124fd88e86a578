export * from './quotas.ts';
export * from './request-limiter.ts';
export * from './source-rate-limits.ts';
export * from './usage.ts';
export * from './usage-dashboard.ts';
export * from './usage-meter.ts';
