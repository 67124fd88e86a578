import { z } from 'zod';
import { type ConnectionDependencies, countEntities, updateConnection } from '../../../core/connections/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DirectAuthentication, JsonFields } from './authentication-input.ts';
import { ConnectionAnswer, toConnectionAnswer } from './connection-answer.ts';
import {
  ConnectionDescription,
  ConnectionName,
  ConnectionParams,
  ScheduleInput,
  toScheduleRequest,
} from './connection-input.ts';

/** What is not given stays; null clears, where there is something to clear. */
const Body = z
  .object({
    name: ConnectionName.optional(),
    description: ConnectionDescription.nullable().optional(),
    config: JsonFields.nullable().optional().describe('Replaces the whole configuration.'),
    schedule: ScheduleInput.nullable().optional().describe('Null, or a null cron: no schedule.'),
    authentication: DirectAuthentication.nullable().optional(),
  })
  .check((context) => {
    if (Object.values(context.value).every((value) => value === undefined)) {
      context.issues.push({
        code: 'custom',
        message: 'at least one field must be given: name, description, config, schedule, authentication',
        input: context.value,
      });
    }
  });

export const updateConnectionEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'PATCH',
    path: '/source-connections/{source_connection_id}',
    summary: 'Change a source connection',
    tags: ['source connections'],
    access: { scope: 'write' },
    params: ConnectionParams,
    body: Body,
    example: { name: 'Reports of finance', schedule: { cron: '0 6 * * *' } },
    response: ConnectionAnswer,
    errors: [400, 404],
    audit: ({ params, body }) => ({
      action: body.authentication == null ? 'source_connection.updated' : 'credentials.changed',
      objectType: 'source_connection',
      objectId: params.source_connection_id,
      details: { fields: Object.keys(body) },
    }),
    handler: async ({ params, body, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      const connection = await updateConnection(dependencies, caller, id, {
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.description === undefined ? {} : { description: body.description }),
        ...(body.config === undefined ? {} : { config: body.config }),
        ...(body.schedule === undefined ? {} : { schedule: toScheduleRequest(body.schedule) }),
        ...(body.authentication == null ? {} : { credentials: body.authentication.credentials }),
      });
      return toConnectionAnswer(connection, await countEntities(dependencies, caller, connection), new Date());
    },
  });
