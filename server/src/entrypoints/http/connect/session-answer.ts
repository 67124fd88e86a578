import { z } from 'zod';
import { type ConnectSession, connectModes } from '../../../core/connect/index.ts';

/** What a session allows, as its holder may know it. */
export const ConnectSessionAnswer = z
  .object({
    session_id: z.guid(),
    organization_id: z.guid(),
    collection_id: z.string().describe('The readable id of the collection.'),
    allowed_integrations: z.array(z.string()).nullable().describe('Short names of sources. Null: all.'),
    mode: z.enum(connectModes),
    end_user_id: z.string().nullable(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'ConnectSessionContext' });

export function toSessionAnswer(session: ConnectSession): z.input<typeof ConnectSessionAnswer> {
  return {
    session_id: session.id,
    organization_id: session.organizationId,
    collection_id: session.readableCollectionId,
    allowed_integrations: session.allowedIntegrations === null ? null : [...session.allowedIntegrations],
    mode: session.mode,
    end_user_id: session.endUserId,
    expires_at: session.expiresAt.toISOString(),
  };
}
