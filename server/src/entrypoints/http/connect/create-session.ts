import { z } from 'zod';
import { type ConnectSessionDependencies, connectModes, createConnectSession } from '../../../core/connect/index.ts';
import { plainText } from '../../../core/shared/index.ts';
import { entryOfMade } from '../audit-log/entry-of.ts';
import { defineEndpoint } from '../endpoint.ts';

const Body = z.object({
  readable_collection_id: plainText({}),
  allowed_integrations: z
    .array(plainText({ max: 100 }))
    .max(200)
    .nullish()
    .describe('Short names of sources. Absent or empty: all.'),
  mode: z
    .enum(connectModes)
    .default('all')
    .describe(
      '`connect`: add connections only. `manage`: look at them and delete. `reauth`: look and sign in again. `all`: everything.',
    ),
  end_user_id: plainText({ max: 255 })
    .nullish()
    .describe('Your own name for whoever will use the session. It keeps the connections of end users apart.'),
});

const Answer = z
  .object({
    session_id: z.guid(),
    session_token: z.string().describe('For the page of the end user, as `Authorization: Bearer …`.'),
    expires_at: z.iso.datetime().describe('Ten minutes from now.'),
  })
  .meta({ id: 'ConnectSession' });

export const createSessionEndpoint = (dependencies: ConnectSessionDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/connect/sessions',
    summary: 'Create a Connect session',
    description:
      'From a server, never from a page. The token lets a page act on one collection for ten minutes, within the limits given here.',
    tags: ['connect'],
    access: { scope: 'write' },
    body: Body,
    response: Answer,
    errors: [404],
    audit: (_input, answer) =>
      entryOfMade({ action: 'connect_session.created', objectType: 'connect_session' }, answer, 'session_id'),
    handler: async ({ body, caller }) => {
      const { session, token } = await createConnectSession(dependencies, caller, {
        readableCollectionId: body.readable_collection_id,
        allowedIntegrations: body.allowed_integrations ?? null,
        mode: body.mode,
        endUserId: body.end_user_id ?? null,
      });
      return { session_id: session.id, session_token: token, expires_at: session.expiresAt.toISOString() };
    },
  });
