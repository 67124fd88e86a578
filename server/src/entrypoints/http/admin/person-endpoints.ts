import { z } from 'zod';
import { type Caller, isPlatformAdmin } from '../../../core/access/index.ts';
import type { Scope } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { AdminDependencies } from './admin-dependencies.ts';

const PersonParams = z.object({ email: z.email().max(320) });
const Rows = z.record(z.string(), z.unknown());

const PersonExport = z
  .object({
    email: z.string(),
    organization_id: z.guid().nullable().describe('Where it was looked; null: in all organizations.'),
    exported_at: z.iso.datetime(),
    user: Rows.nullable().describe('The account.'),
    found: z.array(
      z.object({
        place: z.string(),
        count: z.int(),
        when_erased: z.enum(['deleted', 'anonymised', 'kept']),
        rows: z.array(Rows).describe('At most 1,000.'),
      }),
    ),
  })
  .meta({ id: 'PersonExport' });

const PersonErasure = z
  .object({
    email: z.string(),
    organization_id: z.guid().nullable(),
    is_user_deleted: z.boolean().describe('False where the account is still a member of another organization.'),
    changed: z.array(z.object({ place: z.string(), count: z.int() })),
  })
  .meta({ id: 'PersonErasure' });

const reachNote = "Owners and admins act in their organization, the server's administrators in all of them.";

export const exportPersonEndpoint = ({ persons }: Pick<AdminDependencies, 'persons'>) =>
  defineEndpoint({
    method: 'GET',
    path: '/admin/persons/{email}/export',
    summary: 'Export what is held of a person',
    description: `Every row that names the e-mail address. ${reachNote}`,
    tags: ['admin'],
    access: { role: 'owner_or_admin' },
    params: PersonParams,
    response: PersonExport,
    errors: [503],
    handler: async ({ params, caller }) => {
      const within = reachOf(caller);
      const { user, found } = await persons.export(within, params.email);
      return {
        email: params.email,
        organization_id: within?.organizationId ?? null,
        exported_at: new Date().toISOString(),
        user,
        found: found.map(({ place, count, whenErased, rows }) => ({
          place,
          count,
          when_erased: whenErased,
          rows: [...rows],
        })),
      };
    },
    audit: ({ params }) => ({ action: 'personal_data.exported', objectType: 'person', objectId: params.email }),
  });

export const erasePersonEndpoint = ({ persons }: Pick<AdminDependencies, 'persons'>) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/admin/persons/{email}',
    summary: 'Erase a person',
    description: `Deletes what is theirs, and takes their address out of what is not. The audit log and documents keep it. ${reachNote}`,
    tags: ['admin'],
    access: { role: 'owner_or_admin' },
    params: PersonParams,
    response: PersonErasure,
    errors: [409, 503],
    handler: async ({ params, caller }) => {
      const within = reachOf(caller);
      const { isUserDeleted, changed } = await persons.erase(within, params.email);
      return {
        email: params.email,
        organization_id: within?.organizationId ?? null,
        is_user_deleted: isUserDeleted,
        changed: [...changed],
      };
    },
    // Without the address, which is no longer to be held.
    audit: () => ({ action: 'personal_data.erased', objectType: 'person', objectId: null }),
  });

/** Null: all organisations. */
function reachOf(caller: Caller): Scope | null {
  return isPlatformAdmin(caller) ? null : caller.scope;
}
