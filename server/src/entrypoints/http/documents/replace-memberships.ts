import { z } from 'zod';
import { type MembershipDependencies, replaceMemberships } from '../../../core/documents/index.ts';
import { AppError, plainText } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';

const maxMemberships = 200_000;
const maxBodyBytes = 20 * 1024 * 1024;
/** So that two of them fit into one entry of a database index, whatever the script. */
const maxLabelCharacters = 256;

const Group = plainText({ max: maxLabelCharacters }).regex(/^group:./u, 'should be a label such as group:sales');
const Member = plainText({ max: maxLabelCharacters }).regex(
  /^(user|group):./u,
  'should be a label such as user:anna@example.com or group:sales',
);

const MembershipsBody = z
  .object({
    groups: z
      .array(z.object({ group: Group, members: z.array(Member).max(maxMemberships) }))
      .max(50_000)
      .describe('All groups with all their members. A group may be a member of others; they may contain each other.'),
  })
  .meta({ id: 'MembershipsRequest' });

const MembershipsAnswer = z
  .object({
    memberships: z.int().describe('Pairs of a member and a group that are in force now.'),
    loaded_at: z.iso.datetime(),
  })
  .meta({ id: 'Memberships' });

export const replaceMembershipsEndpoint = (dependencies: MembershipDependencies) =>
  defineEndpoint({
    method: 'PUT',
    path: '/collections/{readable_id}/memberships',
    summary: 'Say who is in which group',
    description:
      'For the viewers of pushed documents. Replaces what was said before as a whole; a document that names `group:sales` is shown to the members of that group from then on.',
    tags: ['documents'],
    access: { scope: 'write', collectionParam: 'readable_id' },
    params: z.object({ readable_id: z.string() }),
    body: MembershipsBody,
    maxBodyBytes,
    response: MembershipsAnswer,
    errors: [404, 409, 413],
    handler: async ({ params, body, caller }) => {
      const given = body.groups.flatMap(({ group, members }) => members.map((member) => ({ member, group })));
      if (given.length > maxMemberships) {
        throw new AppError(
          'unprocessable',
          `There may be ${maxMemberships} memberships, not ${given.length}. Put nested groups instead of all their members.`,
        );
      }
      const { isLoaded, loadedAt, count } = await replaceMemberships(dependencies, caller, params.readable_id, given);
      if (!isLoaded || loadedAt === null) {
        throw new AppError(
          'conflict',
          'Another request is replacing the memberships at the same time. Send them again.',
        );
      }
      return { memberships: count, loaded_at: loadedAt.toISOString() };
    },
  });
