import { z } from 'zod';
import {
  type Breadcrumb,
  basicUser,
  defineHttpConnector,
  fromSeconds,
  get,
  lastIdPages,
  singleItem,
} from '../../connector-kit/index.ts';
import * as entities from './stripe-entities.ts';
import * as objects from './stripe-objects.ts';

const credentials = z.object({
  api_key: z
    .string()
    .trim()
    .regex(/^(sk|rk)_(test|live)_[A-Za-z0-9]+$/, 'must start with sk_test_, sk_live_, rk_test_ or rk_live_')
    .min(20)
    .meta({
      title: 'API Key',
      description: 'A secret or restricted key that may read what is to be synced, test or live',
    }),
});
type Credentials = z.output<typeof credentials>;

const pages = lastIdPages({ items: 'data', id: 'id', param: 'starting_after', more: 'has_more' });
const list = (path: string, query: Record<string, string> = {}) => ({
  list: () => get(path, { query: { limit: 100, ...query } }),
  pages,
});

/**
 * Stripe: what an account has earned, from whom, and what it pays out. https://docs.stripe.com/api
 *
 * Full refresh only: lists are sorted by creation and have no filter for changes. (`/events` tells of changes, for 30 days.)
 * What is deleted is found by full runs. Stripe has no permissions of its users in its API.
 */
export const stripe = defineHttpConnector({
  shortName: 'stripe',
  displayName: 'Stripe',
  description: 'Balance, payments, customers, invoices, subscriptions and events from Stripe.',
  className: 'StripeSource',
  labels: ['Payment'],
  authMethods: ['direct', 'auth_provider'],
  config: z.object({}),
  credentials,
  http: {
    baseUrl: 'https://api.stripe.com/v1',
    // 100 a second in live mode, 25 in test mode: https://docs.stripe.com/rate-limits
    pace: { requests: 20, perSeconds: 1 },
    token: ({ api_key }) => api_key,
    sign: basicUser,
  },
  entities: Object.values(entities),
  check: () => get('/balance'),
  streams: (stream) => ({
    balance: stream.list({
      entity: entities.balance,
      list: () => get('/balance'),
      pages: singleItem(),
      schema: objects.Balance,
      toEntity: ({ available, pending, instant_available, connect_reserved, livemode }, given) => {
        const url = dashboardUrl(given.credentials, 'balance');
        const named = { balance_id: 'balance', balance_name: 'Account Balance' };
        // The day, not the moment: an unchanged balance would be new in every run.
        const snapshot_time = `${new Date().toISOString().slice(0, 10)}T00:00:00Z`;
        return entities.balance.of({
          ...{ id: 'balance', name: 'Account Balance', createdAt: snapshot_time, url },
          fields: {
            ...named,
            snapshot_time,
            web_url_value: url,
            available,
            pending,
            instant_available,
            connect_reserved,
            livemode,
          },
        });
      },
    }),
    balance_transactions: stream.list({
      ...list('/balance_transactions'),
      entity: entities.balanceTransaction,
      schema: objects.BalanceTransaction,
      toEntity: ({ id, created, fee_details, ...values }, given) => {
        const { url, created_time } = common(id, created, 'balance/history', given.credentials);
        const name = values.description || `Transaction ${id}`;
        return entities.balanceTransaction.of({
          ...{ id, name, url, createdAt: created_time },
          fields: {
            ...values,
            transaction_id: id,
            transaction_name: name,
            created_time,
            web_url_value: url,
            fee_details: fee_details ?? [],
          },
        });
      },
    }),
    charges: stream.list({
      ...list('/charges'),
      entity: entities.charge,
      schema: objects.Charge,
      toEntity: ({ id, created, customer, invoice, metadata, ...values }, given) => {
        const { url, created_time } = common(id, created, 'payments', given.credentials);
        const name = values.description || `Charge ${id}`;
        const times = { created_time, updated_time: created_time, web_url_value: url };
        return entities.charge.of({
          ...{ id, name, url, createdAt: created_time, updatedAt: created_time, breadcrumbs: underCustomer(customer) },
          fields: {
            ...values,
            ...times,
            charge_id: id,
            charge_name: name,
            customer_id: customer,
            invoice_id: invoice,
            metadata: metadata ?? {},
          },
        });
      },
    }),
    customers: stream.list({
      ...list('/customers'),
      entity: entities.customer,
      schema: objects.Customer,
      toEntity: ({ id, created, name: called, delinquent, metadata, ...values }, given) => {
        const { url, created_time } = common(id, created, 'customers', given.credentials);
        const name = called || values.email || `Customer ${id}`;
        const times = { created_time, updated_time: created_time, web_url_value: url };
        return entities.customer.of({
          ...{ id, name, url, createdAt: created_time, updatedAt: created_time },
          fields: {
            ...values,
            ...times,
            customer_id: id,
            customer_name: name,
            delinquent: delinquent ?? false,
            metadata: metadata ?? {},
          },
        });
      },
    }),
    events: stream.list({
      ...list('/events'),
      entity: entities.event,
      schema: objects.Event,
      toEntity: ({ id, created, type, ...values }, given) => {
        const { url, created_time } = common(id, created, 'events', given.credentials);
        const name = type || `Event ${id}`;
        return entities.event.of({
          ...{ id, name, url, createdAt: created_time },
          fields: { ...values, event_id: id, event_name: name, created_time, web_url_value: url, event_type: type },
        });
      },
    }),
    invoices: stream.list({
      ...list('/invoices'),
      entity: entities.invoice,
      schema: objects.Invoice,
      toEntity: ({ id, created, customer, due_date, metadata, ...values }, given) => {
        const { url, created_time } = common(id, created, 'invoices', given.credentials);
        const name = values.number || `Invoice ${id}`;
        const times = { created_time, updated_time: created_time, web_url_value: url, due_date: fromSeconds(due_date) };
        return entities.invoice.of({
          ...{ id, name, url, createdAt: created_time, updatedAt: created_time, breadcrumbs: underCustomer(customer) },
          fields: {
            ...values,
            ...times,
            invoice_id: id,
            invoice_name: name,
            customer_id: customer,
            paid: values.status === 'paid',
            metadata: metadata ?? {},
          },
        });
      },
    }),
    payment_intents: stream.list({
      ...list('/payment_intents'),
      entity: entities.paymentIntent,
      schema: objects.PaymentIntent,
      toEntity: ({ id, created, customer, metadata, ...values }, given) => {
        const { url, created_time } = common(id, created, 'payments', given.credentials);
        const name = values.description || `Payment Intent ${id}`;
        const times = { created_time, updated_time: created_time, web_url_value: url };
        return entities.paymentIntent.of({
          ...{ id, name, url, createdAt: created_time, updatedAt: created_time, breadcrumbs: underCustomer(customer) },
          fields: {
            ...values,
            ...times,
            payment_intent_id: id,
            payment_intent_name: name,
            customer_id: customer,
            metadata: metadata ?? {},
          },
        });
      },
    }),
    payment_methods: stream.list({
      ...list('/payment_methods', { type: 'card' }),
      entity: entities.paymentMethod,
      schema: objects.PaymentMethod,
      toEntity: ({ id, created, customer, metadata, ...values }, given) => {
        const { url, created_time } = common(id, created, 'payment_methods', given.credentials);
        const name = values.type || `Payment Method ${id}`;
        return entities.paymentMethod.of({
          ...{ id, name, url, createdAt: created_time, breadcrumbs: underCustomer(customer) },
          fields: {
            ...values,
            payment_method_id: id,
            payment_method_name: name,
            created_time,
            web_url_value: url,
            customer_id: customer,
            metadata: metadata ?? {},
          },
        });
      },
    }),
    payouts: stream.list({
      ...list('/payouts'),
      entity: entities.payout,
      schema: objects.Payout,
      toEntity: ({ id, created, arrival_date, metadata, ...values }, given) => {
        const { url, created_time } = common(id, created, 'payouts', given.credentials);
        const name = values.description || `Payout ${id}`;
        const times = {
          created_time,
          updated_time: created_time,
          web_url_value: url,
          arrival_date: fromSeconds(arrival_date),
        };
        return entities.payout.of({
          ...{ id, name, url, createdAt: created_time, updatedAt: created_time },
          fields: { ...values, ...times, payout_id: id, payout_name: name, metadata: metadata ?? {} },
        });
      },
    }),
    refunds: stream.list({
      ...list('/refunds'),
      entity: entities.refund,
      schema: objects.Refund,
      toEntity: ({ id, created, charge, payment_intent, metadata, ...values }, given) => {
        const { url, created_time } = common(id, created, 'refunds', given.credentials);
        const name = `Refund ${id}`;
        return entities.refund.of({
          ...{ id, name, url, createdAt: created_time },
          fields: {
            ...values,
            refund_id: id,
            refund_name: name,
            created_time,
            web_url_value: url,
            charge_id: charge,
            payment_intent_id: payment_intent,
            metadata: metadata ?? {},
          },
        });
      },
    }),
    subscriptions: stream.list({
      // Without a status Stripe leaves out those that were cancelled.
      ...list('/subscriptions', { status: 'all' }),
      entity: entities.subscription,
      schema: objects.Subscription,
      toEntity: (item, given) => {
        const { id, customer, metadata } = item;
        const { url, created_time } = common(id, item.created, 'subscriptions', given.credentials);
        const [first] = item.items?.data ?? [];
        const name = `Subscription ${id}`;
        return entities.subscription.of({
          ...{ id, name, url, createdAt: created_time, updatedAt: created_time, breadcrumbs: underCustomer(customer) },
          fields: {
            ...{
              subscription_id: id,
              subscription_name: name,
              created_time,
              updated_time: created_time,
              web_url_value: url,
            },
            ...{ customer_id: customer, status: item.status, cancel_at_period_end: item.cancel_at_period_end },
            current_period_start: fromSeconds(item.current_period_start ?? first?.current_period_start),
            current_period_end: fromSeconds(item.current_period_end ?? first?.current_period_end),
            ...{ canceled_at: fromSeconds(item.canceled_at), metadata: metadata ?? {} },
          },
        });
      },
    }),
  }),
});

function common(id: string, created: number, place: string, given: Credentials) {
  return { url: dashboardUrl(given, `${place}/${id}`), created_time: fromSeconds(created) };
}

function dashboardUrl({ api_key }: Credentials, path: string): string {
  return `https://dashboard.stripe.com/${api_key.includes('_test_') ? 'test/' : ''}${path}`;
}

function underCustomer(customer: string | null | undefined): readonly Breadcrumb[] {
  if (customer === null || customer === undefined) return [];
  return [{ entityId: customer, name: `Customer ${customer}`, entityType: 'StripeCustomerEntity' }];
}
