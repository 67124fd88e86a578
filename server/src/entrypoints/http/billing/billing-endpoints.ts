import { z } from 'zod';
import type { QuotaStore } from '../../../core/quotas/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { getSubscriptionEndpoint } from './get-subscription.ts';

/** What a paying customer of a hosted service can change; here nobody pays. */
const mutations = {
  '/billing/checkout-session': 'Start a checkout',
  '/billing/yearly/checkout-session': 'Start a checkout for a year',
  '/billing/portal-session': 'Open the customer portal',
  '/billing/update-plan': 'Change the plan',
  '/billing/cancel': 'Cancel the subscription',
  '/billing/reactivate': 'Take a cancellation back',
  '/billing/cancel-plan-change': 'Take a change of plan back',
} as const;

export function billingEndpoints(quotas: Pick<QuotaStore, 'readQuotas'>): readonly Endpoint[] {
  return [
    getSubscriptionEndpoint(quotas),
    ...Object.entries(mutations).map(([path, summary]) => refusedEndpoint(path, summary)),
    webhookEndpoint(),
  ];
}

/** Bodies are not looked at: none could be right. */
const refusedEndpoint = (path: string, summary: string) =>
  defineEndpoint({
    method: 'POST',
    path,
    summary,
    description: 'Always refused: billing is not part of a self-hosted server.',
    tags: ['billing'],
    access: { role: 'owner_or_admin' },
    response: z.null(),
    errors: [400],
    handler: () => {
      throw new AppError(
        'invalid_request',
        'Billing is not part of a self-hosted server: there is no plan to buy or change. Its operator sets limits with PUT /admin/organizations/{organization_id}/limits.',
      );
    },
  });

/** The contract's answer to a notice that no payment provider has signed: 400 without a body. */
const webhookEndpoint = () =>
  defineEndpoint({
    method: 'POST',
    path: '/billing/webhook',
    summary: 'Receive notices of a payment provider',
    description: 'Always refused, without a body: no payment provider knows a self-hosted server.',
    tags: ['billing'],
    access: 'public',
    response: z.null(),
    errors: [400],
    handler: () => new Response(null, { status: 400 }),
  });
