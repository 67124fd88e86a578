import type { EventType } from '../events/index.ts';
import type { Scope } from '../shared/index.ts';
import type {
  DeliveryAttempt,
  EventMessage,
  MessageId,
  Recovery,
  RecoveryId,
  Subscription,
  SubscriptionId,
} from './subscription.ts';

export interface NewSubscription {
  readonly id: SubscriptionId;
  readonly url: string;
  readonly eventTypes: readonly EventType[];
  readonly sealedSecret: Uint8Array;
}

/** Absent keys stay as they are. */
export interface SubscriptionChanges {
  readonly url?: string;
  readonly eventTypes?: readonly EventType[];
  /** True drops what waits to be delivered. False forgets past failures. */
  readonly disabled?: boolean;
}

export interface SealedSecrets {
  readonly secret: Uint8Array;
  /** Null once its time is over. */
  readonly previous: Uint8Array | null;
}

/** The port to subscriptions and to what became of their messages. */
export interface WebhookStore {
  /** @returns undefined when the organisation has `limit` already */
  insert(scope: Scope, subscription: NewSubscription, limit: number): Promise<Subscription | undefined>;
  find(scope: Scope, id: SubscriptionId): Promise<Subscription | undefined>;
  /** Oldest first, each with the status codes of its newest attempts, newest first. */
  list(
    scope: Scope,
    attempts: number,
  ): Promise<readonly { readonly subscription: Subscription; readonly statusCodes: readonly number[] }[]>;
  findSecrets(scope: Scope, id: SubscriptionId): Promise<SealedSecrets | undefined>;
  update(scope: Scope, id: SubscriptionId, changes: SubscriptionChanges): Promise<Subscription | undefined>;
  /** The present secret becomes the previous one, which signs until then too. */
  replaceSecret(
    scope: Scope,
    id: SubscriptionId,
    sealedSecret: Uint8Array,
    previousUntil: Date,
  ): Promise<Subscription | undefined>;
  /** Removes it with its attempts and all that waits; returns it as it was. */
  delete(scope: Scope, id: SubscriptionId): Promise<Subscription | undefined>;

  /** Newest first. @param eventTypes null: all */
  listMessages(scope: Scope, eventTypes: readonly string[] | null, limit: number): Promise<readonly EventMessage[]>;
  findMessage(scope: Scope, id: MessageId): Promise<EventMessage | undefined>;
  /** Newest first. */
  listAttempts(
    scope: Scope,
    of: { readonly messageId: MessageId } | { readonly subscriptionId: SubscriptionId },
    limit: number,
  ): Promise<readonly DeliveryAttempt[]>;
  /** Keeps a message that is for one subscription only, with the attempt that was made. */
  insertTest(
    scope: Scope,
    message: Omit<EventMessage, 'payload'> & { readonly body: string },
    attempt: DeliveryAttempt,
  ): Promise<void>;
  /** Has a message delivered, as if for the first time. Returns false when one of the two is gone. */
  redeliver(scope: Scope, messageId: MessageId, subscriptionId: SubscriptionId): Promise<boolean>;

  insertRecovery(
    scope: Scope,
    recovery: {
      readonly id: RecoveryId;
      readonly subscriptionId: SubscriptionId;
      readonly since: Date;
      readonly until: Date;
    },
  ): Promise<Recovery>;
  findRecovery(scope: Scope, subscriptionId: SubscriptionId, id: RecoveryId): Promise<Recovery | undefined>;
}
