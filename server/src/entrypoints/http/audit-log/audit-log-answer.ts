import { z } from 'zod';
import { type AuditFilter, type AuditRecord, auditActions, auditObjectTypes } from '../../../core/audit/index.ts';
import { plainText } from '../../../core/shared/index.ts';

export const AuditRecordAnswer = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    action: z.string(),
    actor: z.object({
      kind: z.string().describe('`user`, `api_key`, `operator`, `local`, `connect_session`'),
      user_id: z.guid().nullable(),
      email: z.string().nullable(),
      api_key_id: z.guid().nullable(),
    }),
    object: z.object({ type: z.string(), id: z.string().nullable() }),
    details: z.record(z.string(), z.unknown()),
    request_id: z.string().nullable(),
    address: z.string().nullable(),
  })
  .meta({ id: 'AuditRecord' });

export function toAuditRecordAnswer(record: AuditRecord): z.input<typeof AuditRecordAnswer> {
  return {
    id: record.id,
    at: record.at.toISOString(),
    action: record.action,
    actor: {
      kind: record.actorKind,
      user_id: record.actorId,
      email: record.actorEmail,
      api_key_id: record.apiKeyId,
    },
    object: { type: record.objectType, id: record.objectId },
    details: record.details,
    request_id: record.requestId,
    address: record.address,
  };
}

/** What narrows the list and the export. */
export const AuditQuery = z.object({
  action: z.enum(auditActions).optional(),
  actor_email: plainText({ max: 254 }).optional(),
  object_type: z.enum(auditObjectTypes).optional(),
  object_id: plainText({ max: 200 }).optional(),
  since: z.iso.datetime({ offset: true }).optional().describe('Inclusive.'),
  until: z.iso.datetime({ offset: true }).optional().describe('Exclusive.'),
});

export function toAuditFilter(query: z.output<typeof AuditQuery>): AuditFilter {
  return {
    ...(query.action === undefined ? {} : { action: query.action }),
    ...(query.actor_email === undefined ? {} : { actorEmail: query.actor_email.toLowerCase() }),
    ...(query.object_type === undefined ? {} : { objectType: query.object_type }),
    ...(query.object_id === undefined ? {} : { objectId: query.object_id }),
    ...(query.since === undefined ? {} : { since: new Date(query.since) }),
    ...(query.until === undefined ? {} : { until: new Date(query.until) }),
  };
}

export const ownersOnly = { role: 'owner' } as const;
