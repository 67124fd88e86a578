import type { Scope } from '../shared/index.ts';
import type { DomainEvent, EventType } from './domain-event.ts';

/**
 * Types that come with every search or page. They are kept only where a subscription of the organisation wants them; messages of
 * all other types are kept for everyone, since they can be listed and delivered later.
 */
export const frequentEventTypes = [
  'entity.batch_processed',
  'query.processed',
  'access_control.batch_processed',
  'search.started',
  'search.completed',
  'search.failed',
  'search.reranking',
  'search.thinking',
  'search.tool_called',
] as const satisfies readonly EventType[];

/** What a receiver gets: flat JSON, the same for every subscription. */
export function toMessagePayload(scope: Scope, event: DomainEvent): Readonly<Record<string, unknown>> {
  return {
    event_type: event.type,
    timestamp: event.at.toISOString(),
    organization_id: scope.organizationId,
    ...event.payload,
  };
}
