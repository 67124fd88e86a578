import { z } from 'zod';
import type { Caller } from '../../../core/access/index.ts';
import { AppError, isAppError, plainText } from '../../../core/shared/index.ts';
import { connectSource, type SignInDependencies } from '../../../core/sign-in/index.ts';
import { entryOfMade } from '../audit-log/entry-of.ts';
import { defineEndpoint } from '../endpoint.ts';
import { AuthenticationInput, JsonFields, toAuthentication } from './authentication-input.ts';
import { ConnectionAnswer, toConnectionAnswer } from './connection-answer.ts';
import { ConnectionDescription, ConnectionName, ScheduleInput, toScheduleRequest } from './connection-input.ts';

export const CreateConnectionBody = z.object({
  name: ConnectionName.nullish(),
  short_name: z.string().describe('The source, as GET /sources lists it.'),
  readable_collection_id: plainText({}),
  description: ConnectionDescription.nullish(),
  config: JsonFields.nullish().describe("The source's config fields."),
  schedule: ScheduleInput.nullish().describe('Absent: daily, or every five minutes where the source allows.'),
  sync_immediately: z.boolean().nullish(),
  authentication: AuthenticationInput.nullish(),
  redirect_url: z.string().nullish().describe('Where the browser goes after a sign-in; absent: to the dashboard.'),
});

export const createConnectionEndpoint = (dependencies: SignInDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/source-connections',
    summary: 'Connect a source',
    description:
      'Checks configuration and credentials against the source, saves them, and begins the first sync at once unless told otherwise.',
    tags: ['source connections'],
    access: { scope: 'write' },
    body: CreateConnectionBody,
    response: ConnectionAnswer,
    errors: [400, 404, 429, 502],
    audit: ({ body }, answer) =>
      entryOfMade(
        { action: 'source_connection.created', objectType: 'source_connection', details: { source: body.short_name } },
        answer,
      ),
    handler: ({ body, caller }) => createFromBody(dependencies, caller, body),
  });

/** Also for callers other than those of the endpoint above, such as Connect sessions. */
export async function createFromBody(
  dependencies: SignInDependencies,
  caller: Caller,
  body: z.output<typeof CreateConnectionBody>,
): Promise<z.input<typeof ConnectionAnswer>> {
  const { connection, claimToken } = await connectSource(dependencies, caller, {
    shortName: body.short_name,
    readableCollectionId: body.readable_collection_id,
    description: body.description ?? null,
    config: body.config ?? null,
    authentication: toAuthentication(body.authentication),
    ...(body.name == null ? {} : { name: body.name }),
    ...(body.schedule == null ? {} : { schedule: toScheduleRequest(body.schedule) }),
    ...(body.redirect_url == null || body.redirect_url === '' ? {} : { redirectUrl: body.redirect_url }),
    ...(body.sync_immediately == null ? {} : { syncImmediately: body.sync_immediately }),
  }).catch(rethrowCronAsField);
  return toConnectionAnswer(connection, [], new Date(), claimToken);
}

/** The reference answers a malformed cron as a failed validation here, though with plain words where a connection is changed. */
function rethrowCronAsField(error: unknown): never {
  if (!isAppError(error, 'unprocessable') || error.details?.cron === undefined) throw error;
  throw new AppError('unprocessable', error.message, { cause: error, details: { field: 'cron_schedule' } });
}
