import type { Caller } from '../access/index.ts';
import type { EventType } from '../events/index.ts';
import { AppError, newId, type Scope } from '../shared/index.ts';
import { type DeliveryHealth, deliveryHealth, healthAttempts } from './delivery-health.ts';
import { probeReceiver } from './probe-receiver.ts';
import { startRecovery } from './redelivery.ts';
import { requireWebhookAccess, subscriptionNotFound } from './require-webhook-access.ts';
import { type DeliveryAttempt, type Subscription, SubscriptionId } from './subscription.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';
import { generateSecret } from './webhook-secret.ts';
import type { SubscriptionChanges } from './webhook-store.ts';

const maxSubscriptions = 200;
const shownAttempts = 50;
/** How long the secret before a rotation signs too. */
const previousSecretForMs = 24 * 3_600_000;

/**
 * @param input.secret null: one is made
 * @throws AppError('invalid_request') when the receiver does not answer, or there are too many subscriptions
 */
export async function createSubscription(
  deps: WebhookDependencies,
  caller: Caller,
  input: { readonly url: string; readonly eventTypes: readonly EventType[]; readonly secret: string | null },
): Promise<Subscription> {
  requireWebhookAccess(caller);
  if (deps.probesReceivers) await probeReceiver(deps.receivers, input.url);
  const id = newId(SubscriptionId);
  const created = await deps.webhooks.insert(
    caller.scope,
    {
      id,
      url: input.url,
      eventTypes: [...new Set(input.eventTypes)],
      sealedSecret: deps.vault.seal(caller.scope, id, { secret: input.secret ?? generateSecret() }),
    },
    maxSubscriptions,
  );
  deps.onWantedChanged?.(caller.scope);
  if (created !== undefined) return created;
  throw new AppError(
    'invalid_request',
    `There are ${maxSubscriptions} webhook subscriptions already. Delete one that is not needed, or let one receiver take more types.`,
  );
}

export interface SubscriptionWithHealth {
  readonly subscription: Subscription;
  readonly health: DeliveryHealth;
}

/** Oldest first. */
export async function listSubscriptions(
  deps: WebhookDependencies,
  caller: Caller,
): Promise<readonly SubscriptionWithHealth[]> {
  requireWebhookAccess(caller);
  const listed = await deps.webhooks.list(caller.scope, healthAttempts);
  return listed.map(({ subscription, statusCodes }) => ({ subscription, health: deliveryHealth(statusCodes) }));
}

/** @throws AppError('not_found') */
export async function getSubscription(
  deps: WebhookDependencies,
  caller: Caller,
  id: SubscriptionId,
): Promise<SubscriptionWithHealth & { readonly attempts: readonly DeliveryAttempt[] }> {
  requireWebhookAccess(caller);
  const subscription = await deps.webhooks.find(caller.scope, id);
  if (subscription === undefined) throw subscriptionNotFound();
  const attempts = await deps.webhooks.listAttempts(caller.scope, { subscriptionId: id }, shownAttempts);
  const codes = attempts.slice(0, healthAttempts).map(({ statusCode }) => statusCode);
  return { subscription, health: deliveryHealth(codes), attempts };
}

/** The present secret, as text. @throws AppError('not_found') */
export async function revealSecret(deps: WebhookDependencies, caller: Caller, id: SubscriptionId): Promise<string> {
  requireWebhookAccess(caller);
  const [secret] = await openSecrets(deps, caller.scope, id);
  return secret;
}

/**
 * @param options.recoverSince deliver again what was missed since then; done as well as it can be
 * @throws AppError('not_found')
 */
export async function updateSubscription(
  deps: WebhookDependencies,
  caller: Caller,
  id: SubscriptionId,
  changes: SubscriptionChanges,
  options: { readonly recoverSince: Date | null } = { recoverSince: null },
): Promise<Subscription> {
  requireWebhookAccess(caller);
  const updated = await deps.webhooks.update(caller.scope, id, changes);
  if (updated === undefined) throw subscriptionNotFound();
  deps.onWantedChanged?.(caller.scope);
  if (options.recoverSince !== null && changes.disabled === false) {
    try {
      await startRecovery(deps, caller, id, { since: options.recoverSince, until: null });
    } catch (error) {
      // The change itself is made: it must not look as if it had failed.
      deps.logger.warn({ err: error, subscriptionId: id }, 'what a webhook missed is not delivered again');
    }
  }
  return updated;
}

/** A new secret; the one before signs too for a day. @throws AppError('not_found') */
export async function rotateSecret(
  deps: WebhookDependencies,
  caller: Caller,
  id: SubscriptionId,
  chosen: string | null,
): Promise<{ readonly subscription: Subscription; readonly secret: string }> {
  requireWebhookAccess(caller);
  const secret = chosen ?? generateSecret();
  const sealed = deps.vault.seal(caller.scope, id, { secret });
  const until = new Date(Date.now() + previousSecretForMs);
  const subscription = await deps.webhooks.replaceSecret(caller.scope, id, sealed, until);
  if (subscription === undefined) throw subscriptionNotFound();
  return { subscription, secret };
}

/** Returns it as it was. @throws AppError('not_found') */
export async function deleteSubscription(
  deps: WebhookDependencies,
  caller: Caller,
  id: SubscriptionId,
): Promise<Subscription> {
  requireWebhookAccess(caller);
  const deleted = await deps.webhooks.delete(caller.scope, id);
  if (deleted === undefined) throw subscriptionNotFound();
  return deleted;
}

/** All that sign now, the present one first. @throws AppError('not_found') */
export async function openSecrets(
  deps: Pick<WebhookDependencies, 'webhooks' | 'vault'>,
  scope: Scope,
  id: SubscriptionId,
): Promise<readonly [string, ...string[]]> {
  const sealed = await deps.webhooks.findSecrets(scope, id);
  if (sealed === undefined) throw subscriptionNotFound();
  const secret = openSecret(deps.vault, scope, id, sealed.secret);
  return sealed.previous === null ? [secret] : [secret, openSecret(deps.vault, scope, id, sealed.previous)];
}

export function openSecret(
  vault: WebhookDependencies['vault'],
  scope: Scope,
  id: SubscriptionId,
  sealed: Uint8Array,
): string {
  const { secret } = vault.open(scope, id, sealed);
  if (typeof secret !== 'string') throw new AppError('internal', 'The sealed secret of a webhook holds none.');
  return secret;
}
