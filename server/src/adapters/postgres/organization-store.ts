import { sql } from 'kysely';
import type { Membership } from '../../core/access/index.ts';
import type { OrganizationStore } from '../../core/accounts/index.ts';
import { organizationEvent } from '../../core/events/index.ts';
import { CollectionId, Scope, type UserId } from '../../core/shared/index.ts';
import { insertApiKey } from './api-key-rows.ts';
import { writeAuditEntry } from './audit-log.ts';
import { hideCollection } from './collection-store.ts';
import type { Database, Queries } from './database.ts';
import { appendEvents } from './event-outbox.ts';
import { createInvitations } from './invitation-rows.ts';
import { createMembers } from './member-rows.ts';
import { findOwnerEmail, givePrimary } from './membership-changes.ts';
import { toStorableJson } from './storable-json.ts';
import { selectMemberships, toMembership } from './user-rows.ts';

export function createOrganizationStore(database: Database): OrganizationStore {
  return {
    ...createMembers(database),
    ...createInvitations(database),

    create: (owner, organization, { key, hash }, actor) =>
      database
        .system()
        .transaction()
        .execute(async (queries) => {
          const scope = new Scope(organization.id);
          await queries
            .insertInto('organizations')
            .values({
              id: organization.id,
              name: organization.name,
              description: organization.description,
              org_metadata: organization.metadata === null ? null : toStorableJson(organization.metadata),
              created_at: organization.createdAt,
              modified_at: organization.modifiedAt,
            })
            .execute();
          await queries
            .insertInto('memberships')
            .values({
              organization_id: organization.id,
              user_id: owner.id,
              role: 'owner',
              created_at: organization.createdAt,
            })
            .execute();
          await givePrimary(queries, [owner.id]);
          const created = {
            action: 'organization.created',
            objectType: 'organization',
            objectId: organization.id,
          } as const;
          await writeAuditEntry(queries, scope, actor, { ...created, details: { name: organization.name } });
          await insertApiKey(queries, scope, key, hash, { actor, action: 'api_key.created' });
          const told = { name: organization.name, ownerEmail: owner.email, affectedEmails: [owner.email] };
          await appendEvents(queries, scope, [organizationEvent('organization.created', told, organization.createdAt)]);
          return getMembership(queries, scope, owner.id);
        }),

    update: (scope, change, actor) =>
      database
        .scoped(scope)
        .transaction()
        .execute(async (queries) => {
          await queries
            .updateTable('organizations')
            .set({
              name: change.name,
              description: change.description,
              ...(change.metadata === undefined
                ? {}
                : { org_metadata: change.metadata === null ? null : toStorableJson(change.metadata) }),
              modified_at: new Date(),
            })
            .where('id', '=', scope.organizationId)
            .execute();
          await writeAuditEntry(queries, scope, actor, {
            action: 'organization.updated',
            objectType: 'organization',
            objectId: scope.organizationId,
            details: { name: change.name },
          });
        }),

    delete: (scope, userId, actor) =>
      database
        .system()
        .transaction()
        .execute(async (queries) => {
          const hasAnother = await queries
            .selectFrom('memberships')
            .select('organization_id')
            .where('user_id', '=', userId)
            .where('organization_id', '!=', scope.organizationId)
            .executeTakeFirst();
          if (hasAnother === undefined) return false;
          const at = new Date();
          const ownerEmail = (await findOwnerEmail(queries, scope)) ?? actor.email ?? '';
          const hidden = await queries
            .updateTable('organizations')
            .set({ deleted_at: at })
            .where('id', '=', scope.organizationId)
            .where('deleted_at', 'is', null)
            .returning('name')
            .executeTakeFirst();
          if (hidden === undefined) return true;
          const members = await queries
            .deleteFrom('memberships')
            .using('users')
            .whereRef('users.id', '=', 'memberships.user_id')
            .where('organization_id', '=', scope.organizationId)
            .returning(['memberships.user_id', 'users.email'])
            .execute();
          await givePrimary(
            queries,
            members.map((member) => member.user_id),
          );
          await queries.deleteFrom('api_keys').where('organization_id', '=', scope.organizationId).execute();
          await queries.deleteFrom('invitations').where('organization_id', '=', scope.organizationId).execute();
          const collections = await queries
            .selectFrom('collections')
            .select('id')
            .where('organization_id', '=', scope.organizationId)
            .where('deleted_at', 'is', null)
            .execute();
          for (const { id } of collections) await hideCollection(queries, scope, CollectionId.parse(id));
          const entry = {
            action: 'organization.deleted',
            objectType: 'organization',
            objectId: scope.organizationId,
          } as const;
          await writeAuditEntry(queries, scope, actor, { ...entry, details: { name: hidden.name } });
          const affectedEmails = members.map(({ email }) => email);
          const told = { name: hidden.name, ownerEmail, affectedEmails };
          await appendEvents(queries, scope, [organizationEvent('organization.deleted', told, at)]);
          return true;
        }),

    setPrimary: (userId, id) =>
      database
        .system()
        .transaction()
        .execute(async (queries) => {
          // At most one may be primary at any moment, so the old one goes first.
          await sql`update memberships set is_primary = false
            where user_id = ${userId} and is_primary and organization_id <> ${id}`.execute(queries);
          await sql`update memberships set is_primary = true
            where user_id = ${userId} and organization_id = ${id}`.execute(queries);
        }),

    async removeDeleted(before) {
      const { rows } = await sql`
        delete from organizations where id in (
          select id from organizations gone
          where gone.deleted_at < ${before}
            and not exists (select from collections where collections.organization_id = gone.id)
          limit 20
        ) returning id`.execute(database.system());
      return rows.length;
    },
  };
}

async function getMembership(queries: Queries, scope: Scope, userId: UserId): Promise<Membership> {
  const row = await selectMemberships(queries)
    .where('membership.user_id', '=', userId)
    .where('membership.organization_id', '=', scope.organizationId)
    .executeTakeFirstOrThrow();
  return toMembership(row);
}
