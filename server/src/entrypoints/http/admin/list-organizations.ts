import { z } from 'zod';
import { roles } from '../../../core/access/index.ts';
import { organizationOrders } from '../../../core/administration/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { AdminDependencies } from './admin-dependencies.ts';

const nothing = z.null();
const OrganizationMetrics = z
  .object({
    id: z.guid(),
    name: z.string(),
    description: z.string().nullable(),
    created_at: z.iso.datetime(),
    modified_at: z.iso.datetime(),
    auth0_org_id: nothing,
    billing_plan: nothing,
    billing_status: nothing,
    stripe_customer_id: nothing,
    trial_ends_at: nothing,
    user_count: z.int(),
    source_connection_count: z.int(),
    entity_count: z.int().describe('Documents that it has.'),
    query_count: z.int().describe('Searches of all time, but for agentic ones.'),
    last_active_at: z.iso.datetime().nullable().describe('When one of its members was last here.'),
    is_member: z.boolean().describe('Whether you are one.'),
    member_role: z.enum(roles).nullable(),
    enabled_features: z.array(z.string()),
  })
  .meta({ id: 'OrganizationMetrics' });

export const listOrganizationReportsEndpoint = ({ administration }: Pick<AdminDependencies, 'administration'>) =>
  defineEndpoint({
    method: 'GET',
    path: '/admin/organizations',
    summary: 'List all organizations of the server',
    tags: ['admin'],
    access: 'platform_admin',
    query: z.object({
      skip: z.int().min(0).default(0),
      limit: z.int().min(1).max(10_000).default(1_000),
      search: z.string().max(512).nullish().describe('A part of the name, in any case.'),
      sort_by: z.enum(organizationOrders).default('created_at'),
      sort_order: z.enum(['asc', 'desc']).default('desc'),
    }),
    response: z.array(OrganizationMetrics),
    handler: async ({ query, caller }) => {
      const reports = await administration.listOrganizations({
        search: query.search || null,
        order: query.sort_by,
        isDescending: query.sort_order === 'desc',
        skip: query.skip,
        limit: query.limit,
        userId: caller.userId,
      });
      return reports.map((report) => ({
        id: report.id,
        name: report.name,
        description: report.description,
        created_at: report.createdAt.toISOString(),
        modified_at: report.modifiedAt.toISOString(),
        auth0_org_id: null,
        billing_plan: null,
        billing_status: null,
        stripe_customer_id: null,
        trial_ends_at: null,
        user_count: report.userCount,
        source_connection_count: report.sourceConnectionCount,
        entity_count: report.entityCount,
        query_count: report.queryCount,
        last_active_at: report.lastActiveAt?.toISOString() ?? null,
        is_member: report.memberRole !== null,
        member_role: report.memberRole,
        enabled_features: [...report.features],
      }));
    },
  });
