import { z } from 'zod';
import type { Quotas } from '../../../core/quotas/index.ts';
import type { Scope } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { findOrganization, OrganizationParams } from './organization-param.ts';

const maxCount = Number.MAX_SAFE_INTEGER;
const count = (max = maxCount, min = 0) => z.int().min(min).max(max).nullable();
const max32 = 2_147_483_647;

const limits = {
  requests_per_minute: count(1_000_000, 1).describe('Of its API keys together, in any 60 s.'),
  max_entities: count().describe('Documents that syncs write in a month, new and changed ones.'),
  max_queries: count().describe('Searches in a month, but for agentic ones.'),
  max_tokens: count().describe('Of language models in a month.'),
  max_source_connections: count(max32),
  max_team_members: count(max32),
  max_documents: count().describe('That it has at once.'),
  max_storage_bytes: count().describe('Of its documents together.'),
  max_parallel_syncs: count(10_000, 1).describe('More wait.'),
};
const LimitsAnswer = z.object(limits).meta({ id: 'OrganizationLimits', description: 'Null: unlimited.' });
const LimitsBody = z.strictObject(limits).partial();

type LimitDependencies = Pick<AdminDependencies, 'administration' | 'quotas' | 'usage' | 'requestLimiter'>;

/** `/admin/organizations/{organization_id}/limits`; ours alone. */
export const limitEndpoints = (dependencies: LimitDependencies) => [
  getLimitsEndpoint(dependencies),
  putLimitsEndpoint(dependencies),
  deleteLimitsEndpoint(dependencies),
];

const shared = {
  path: '/admin/organizations/{organization_id}/limits',
  tags: ['admin'],
  access: 'platform_admin',
  params: OrganizationParams,
  response: LimitsAnswer,
  errors: [404],
} as const;

const getLimitsEndpoint = ({ administration, quotas }: LimitDependencies) =>
  defineEndpoint({
    ...shared,
    method: 'GET',
    summary: 'Get the limits of an organization',
    description: "What is in force: its own, or the server's.",
    handler: async ({ params }) =>
      toAnswer(await quotas.readQuotas(await findOrganization(administration, params.organization_id))),
  });

const putLimitsEndpoint = (dependencies: LimitDependencies) =>
  defineEndpoint({
    ...shared,
    method: 'PUT',
    summary: 'Set the limits of an organization',
    description:
      'What is left out stays as it is in force; null is unlimited. Other servers on the same database follow within 5 seconds.',
    body: LimitsBody,
    handler: async ({ params, body }) => {
      const scope = await findOrganization(dependencies.administration, params.organization_id);
      const quotas = withLimits(await dependencies.quotas.readQuotas(scope), body);
      await dependencies.quotas.replaceQuotas(scope, quotas);
      forget(dependencies, scope);
      return toAnswer(quotas);
    },
    audit: ({ params, body }) => ({
      action: 'settings.changed',
      objectType: 'setting',
      objectId: 'limits',
      details: { organization_id: params.organization_id, ...withoutUndefined(body) },
    }),
  });

const deleteLimitsEndpoint = (dependencies: LimitDependencies) =>
  defineEndpoint({
    ...shared,
    method: 'DELETE',
    summary: "Give an organization the server's limits again",
    handler: async ({ params }) => {
      const scope = await findOrganization(dependencies.administration, params.organization_id);
      await dependencies.quotas.replaceQuotas(scope, null);
      forget(dependencies, scope);
      return toAnswer(await dependencies.quotas.readQuotas(scope));
    },
    audit: ({ params }) => ({
      action: 'settings.changed',
      objectType: 'setting',
      objectId: 'limits',
      details: { organization_id: params.organization_id },
    }),
  });

function forget({ usage, requestLimiter }: LimitDependencies, scope: Scope): void {
  usage.forgetQuotas(scope);
  requestLimiter.forgetQuotas(scope);
}

function withoutUndefined(body: z.output<typeof LimitsBody>): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function toAnswer(quotas: Quotas): z.input<typeof LimitsAnswer> {
  return {
    requests_per_minute: quotas.requestsPerMinute,
    max_entities: quotas.entities,
    max_queries: quotas.queries,
    max_tokens: quotas.tokens,
    max_source_connections: quotas.sourceConnections,
    max_team_members: quotas.teamMembers,
    max_documents: quotas.documents,
    max_storage_bytes: quotas.storageBytes,
    max_parallel_syncs: quotas.parallelSyncs,
  };
}

function withLimits(inForce: Quotas, body: z.output<typeof LimitsBody>): Quotas {
  const given = { ...toAnswer(inForce), ...withoutUndefined(body) };
  return {
    requestsPerMinute: given.requests_per_minute,
    entities: given.max_entities,
    queries: given.max_queries,
    tokens: given.max_tokens,
    sourceConnections: given.max_source_connections,
    teamMembers: given.max_team_members,
    documents: given.max_documents,
    storageBytes: given.max_storage_bytes,
    parallelSyncs: given.max_parallel_syncs,
  };
}
