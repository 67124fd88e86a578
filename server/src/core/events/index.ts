export * from './background-events.ts';
export * from './described-events.ts';
export * from './domain-event.ts';
export * from './event-message.ts';
