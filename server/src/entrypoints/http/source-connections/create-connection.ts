import { z } from 'zod';
import { type ConnectionDependencies, createConnection } from '../../../core/connections/index.ts';
import { AppError, isAppError, plainText } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { AuthenticationInput, JsonFields, toAuthentication } from './authentication-input.ts';
import { ConnectionAnswer, toConnectionAnswer } from './connection-answer.ts';
import { ConnectionDescription, ConnectionName, ScheduleInput, toScheduleRequest } from './connection-input.ts';

const Body = z.object({
  name: ConnectionName.nullish(),
  short_name: z.string().describe('The source, as GET /sources lists it.'),
  readable_collection_id: plainText({}),
  description: ConnectionDescription.nullish(),
  config: JsonFields.nullish().describe("The source's config fields."),
  schedule: ScheduleInput.nullish().describe('Absent: daily, or every five minutes where the source allows.'),
  sync_immediately: z.boolean().nullish(),
  authentication: AuthenticationInput.nullish(),
  redirect_url: z.string().nullish(),
});

export const createConnectionEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/source-connections',
    summary: 'Connect a source',
    description:
      'Checks configuration and credentials against the source, saves them, and begins the first sync at once unless told otherwise.',
    tags: ['source connections'],
    access: { scope: 'write' },
    body: Body,
    response: ConnectionAnswer,
    errors: [400, 404, 429, 502],
    handler: async ({ body, caller }) => {
      const connection = await createConnection(dependencies, caller, {
        shortName: body.short_name,
        readableCollectionId: body.readable_collection_id,
        description: body.description ?? null,
        config: body.config ?? null,
        authentication: toAuthentication(body.authentication),
        ...(body.name == null ? {} : { name: body.name }),
        ...(body.schedule == null ? {} : { schedule: toScheduleRequest(body.schedule) }),
        ...(body.sync_immediately == null ? {} : { syncImmediately: body.sync_immediately }),
      }).catch(rethrowCronAsField);
      return toConnectionAnswer(connection, [], new Date());
    },
  });

/** The reference answers a malformed cron as a failed validation here, though with plain words where a connection is changed. */
function rethrowCronAsField(error: unknown): never {
  if (!isAppError(error, 'unprocessable') || error.details?.cron === undefined) throw error;
  throw new AppError('unprocessable', error.message, { cause: error, details: { field: 'cron_schedule' } });
}
