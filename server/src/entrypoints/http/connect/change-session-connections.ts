import { getSessionConnection, requireIntegration, requireMode } from '../../../core/connect/index.ts';
import { type ConnectionDependencies, countEntities, deleteConnection } from '../../../core/connections/index.ts';
import { AppError, SourceConnectionId } from '../../../core/shared/index.ts';
import type { SignInDependencies } from '../../../core/sign-in/index.ts';
import { entryOfMade } from '../audit-log/entry-of.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionAnswer, toConnectionAnswer } from '../source-connections/connection-answer.ts';
import { CreateConnectionBody, createFromBody } from '../source-connections/create-connection.ts';
import { SessionConnectionParams } from './read-session-connections.ts';

export const createSessionConnectionEndpoint = (dependencies: SignInDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/connect/source-connections',
    summary: 'Connect a source in a Connect session',
    description: 'The collection is that of the session, whatever the body says. It belongs to the end user.',
    tags: ['connect'],
    access: 'connect',
    body: CreateConnectionBody,
    response: ConnectionAnswer,
    errors: [400, 404, 502],
    audit: ({ body }, answer) =>
      entryOfMade(
        { action: 'source_connection.created', objectType: 'source_connection', details: { source: body.short_name } },
        answer,
      ),
    handler: async ({ body, caller }) => {
      requireMode(caller, ['all', 'connect']);
      requireIntegration(caller, body.short_name);
      if (body.authentication != null && 'provider_readable_id' in body.authentication) {
        throw new AppError(
          'forbidden',
          "Accounts at an auth provider are not allowed in a Connect session: it could name anybody's.",
        );
      }
      const inSession = { ...body, readable_collection_id: caller.session.readableCollectionId };
      return createFromBody(dependencies, caller, inSession);
    },
  });

export const deleteSessionConnectionEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/connect/source-connections/{connection_id}',
    summary: 'Delete a source connection of a Connect session',
    description: 'Its documents are unsearchable at once; the answer is the connection as it was.',
    tags: ['connect'],
    access: 'connect',
    params: SessionConnectionParams,
    response: ConnectionAnswer,
    audit: ({ params }) => ({
      action: 'source_connection.deleted',
      objectType: 'source_connection',
      objectId: params.connection_id,
    }),
    handler: async ({ params, caller }) => {
      requireMode(caller, ['all', 'manage']);
      const id = SourceConnectionId.parse(params.connection_id);
      // Counted first: the sweep that follows a delete takes them away.
      const entities = await countEntities(dependencies, caller, await getSessionConnection(dependencies, caller, id));
      return toConnectionAnswer(await deleteConnection(dependencies, caller, id), entities, new Date());
    },
  });
