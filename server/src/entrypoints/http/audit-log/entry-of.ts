import type { AuditEntry } from '../../../core/audit/index.ts';

/** What the audit log says of a call that made something: its id is in the answer. */
export function entryOfMade(
  what: Pick<AuditEntry, 'action' | 'objectType' | 'details'>,
  answer: object,
  key = 'id',
): AuditEntry {
  const id: unknown = answer instanceof Response ? null : Reflect.get(answer, key);
  return { ...what, objectId: typeof id === 'string' ? id : null };
}
