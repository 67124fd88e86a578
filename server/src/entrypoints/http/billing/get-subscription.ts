import { z } from 'zod';
import type { QuotaStore, Quotas } from '../../../core/quotas/index.ts';
import { defineEndpoint } from '../endpoint.ts';

const nothing = z.null();
const SubscriptionAnswer = z
  .object({
    plan: z.string(),
    status: z.string(),
    limits: z.record(z.string(), z.int().nullable()).describe('What the operator has limited; null: unlimited.'),
    is_oss: z.literal(true),
    has_active_subscription: z.literal(false),
    in_trial: z.literal(false),
    trial_ends_at: nothing,
    in_grace_period: z.literal(false),
    grace_period_ends_at: nothing,
    payment_method_added: z.literal(false),
    requires_payment_method: z.literal(false),
    current_period_start: nothing,
    current_period_end: nothing,
    cancel_at_period_end: z.literal(false),
    pending_plan_change: nothing,
    pending_plan_change_at: nothing,
    has_yearly_prepay: z.literal(false),
    yearly_prepay_started_at: nothing,
    yearly_prepay_expires_at: nothing,
    yearly_prepay_amount_cents: nothing,
  })
  .meta({ id: 'Subscription' });

export const getSubscriptionEndpoint = (quotas: Pick<QuotaStore, 'readQuotas'>) =>
  defineEndpoint({
    method: 'GET',
    path: '/billing/subscription',
    summary: 'Get the subscription',
    description: 'What a server without billing says: no plan, and the limits that its operator has set.',
    tags: ['billing'],
    access: { scope: 'read' },
    response: SubscriptionAnswer,
    handler: async ({ caller }) => ({
      plan: 'enterprise',
      status: 'active',
      limits: toLimits(await quotas.readQuotas(caller.scope)),
      is_oss: true as const,
      has_active_subscription: false as const,
      in_trial: false as const,
      trial_ends_at: null,
      in_grace_period: false as const,
      grace_period_ends_at: null,
      payment_method_added: false as const,
      requires_payment_method: false as const,
      current_period_start: null,
      current_period_end: null,
      cancel_at_period_end: false as const,
      pending_plan_change: null,
      pending_plan_change_at: null,
      has_yearly_prepay: false as const,
      yearly_prepay_started_at: null,
      yearly_prepay_expires_at: null,
      yearly_prepay_amount_cents: null,
    }),
  });

function toLimits(quotas: Quotas): Record<string, number | null> {
  return {
    max_entities: quotas.entities,
    max_queries: quotas.queries,
    max_tokens: quotas.tokens,
    max_source_connections: quotas.sourceConnections,
    max_team_members: quotas.teamMembers,
    requests_per_minute: quotas.requestsPerMinute,
  };
}
