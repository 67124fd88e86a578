import type { AuditEntry } from '../../../core/audit/index.ts';
import type { Endpoint } from '../endpoint.ts';

/** A search that notes in the audit log when somebody made it with another user's eyes; all others are noted nowhere. */
export function noteSearchAsUser(endpoint: Endpoint): Endpoint {
  return { ...endpoint, audit: (input) => toEntry(input.params, input.body) ?? toEntry(input.params, input.query) };
}

/** Whom the search was made as: in the body, or in the query of older calls. */
function toEntry(params: unknown, given: unknown): AuditEntry | null {
  const asUser = textOf(given, 'as_user') ?? textOf(given, 'user_principal');
  if (asUser === null) return null;
  const objectId = textOf(params, 'readable_id');
  return { action: 'search.as_user', objectType: 'collection', objectId, details: { as_user: asUser } };
}

function textOf(value: unknown, key: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const text: unknown = Reflect.get(value, key);
  return typeof text === 'string' ? text : null;
}
