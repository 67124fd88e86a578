import type { WebhookDependencies } from '../../../core/webhooks/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { createSubscriptionEndpoint } from './create-subscription.ts';
import { deleteSubscriptionEndpoint } from './delete-subscription.ts';
import { getMessageEndpoint } from './get-message.ts';
import { getRecoveryEndpoint } from './get-recovery.ts';
import { getSubscriptionEndpoint } from './get-subscription.ts';
import { listMessagesEndpoint } from './list-messages.ts';
import { listSubscriptionsEndpoint } from './list-subscriptions.ts';
import { recoverMessagesEndpoint } from './recover-messages.ts';
import { resendMessageEndpoint } from './resend-message.ts';
import { rotateSecretEndpoint } from './rotate-secret.ts';
import { testSubscriptionEndpoint } from './test-subscription.ts';
import { updateSubscriptionEndpoint } from './update-subscription.ts';

export function webhookEndpoints(dependencies: WebhookDependencies): readonly Endpoint[] {
  return [
    listMessagesEndpoint(dependencies),
    getMessageEndpoint(dependencies),
    resendMessageEndpoint(dependencies),
    listSubscriptionsEndpoint(dependencies),
    createSubscriptionEndpoint(dependencies),
    getSubscriptionEndpoint(dependencies),
    updateSubscriptionEndpoint(dependencies),
    deleteSubscriptionEndpoint(dependencies),
    recoverMessagesEndpoint(dependencies),
    getRecoveryEndpoint(dependencies),
    testSubscriptionEndpoint(dependencies),
    rotateSecretEndpoint(dependencies),
  ];
}
