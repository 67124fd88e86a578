import { entityClass } from '../../connector-kit/index.ts';

/* What Stripe's objects become. Field names are ours; a charge's invoice and an invoice's `paid` are no longer in Stripe's own objects. */

const link = { web_url_value: 'string?' } as const;

export const balance = entityClass(
  'StripeBalanceEntity',
  'The balance of the account',
  {
    ...{ balance_id: 'string', balance_name: 'string', snapshot_time: 'datetime', ...link },
    ...{
      available: 'array',
      pending: 'array',
      instant_available: 'array?',
      connect_reserved: 'array?',
      livemode: 'boolean',
    },
  },
  ['balance_name', 'available', 'pending', 'instant_available', 'connect_reserved'],
);

export const balanceTransaction = entityClass(
  'StripeBalanceTransactionEntity',
  'A movement on the balance',
  {
    ...{ transaction_id: 'string', transaction_name: 'string', created_time: 'datetime', ...link },
    ...{ amount: 'integer?', currency: 'string?', description: 'string?', fee: 'integer?', fee_details: 'array' },
    ...{ net: 'integer?', reporting_category: 'string?', source: 'string?', status: 'string?', type: 'string?' },
  },
  ['transaction_name', 'amount', 'currency', 'description', 'fee', 'net', 'reporting_category', 'status', 'type'],
);

export const charge = entityClass(
  'StripeChargeEntity',
  'A charge to a payment method',
  {
    ...{ charge_id: 'string', charge_name: 'string', created_time: 'datetime', updated_time: 'datetime', ...link },
    ...{ amount: 'integer?', currency: 'string?', captured: 'boolean', paid: 'boolean', refunded: 'boolean' },
    ...{
      description: 'string?',
      receipt_url: 'string?',
      customer_id: 'string?',
      invoice_id: 'string?',
      metadata: 'object',
    },
  },
  ['charge_name', 'amount', 'currency', 'captured', 'paid', 'refunded', 'description'],
);

export const customer = entityClass(
  'StripeCustomerEntity',
  'A customer',
  {
    ...{ customer_id: 'string', customer_name: 'string', created_time: 'datetime', updated_time: 'datetime', ...link },
    ...{ email: 'string?', phone: 'string?', description: 'string?', currency: 'string?', default_source: 'string?' },
    ...{ delinquent: 'boolean', invoice_prefix: 'string?', metadata: 'object' },
  },
  ['customer_name', 'email', 'phone', 'description', 'delinquent'],
);

export const event = entityClass(
  'StripeEventEntity',
  'Something that happened in the account, kept by Stripe for 30 days',
  {
    ...{ event_id: 'string', event_name: 'string', created_time: 'datetime', ...link, event_type: 'string?' },
    ...{
      api_version: 'string?',
      data: 'object',
      livemode: 'boolean',
      pending_webhooks: 'integer?',
      request: 'object?',
    },
  },
  ['event_name', 'event_type', 'data'],
);

export const invoice = entityClass(
  'StripeInvoiceEntity',
  'An invoice to a customer',
  {
    ...{ invoice_id: 'string', invoice_name: 'string', created_time: 'datetime', updated_time: 'datetime', ...link },
    ...{
      customer_id: 'string?',
      number: 'string?',
      status: 'string?',
      amount_due: 'integer?',
      amount_paid: 'integer?',
    },
    ...{
      amount_remaining: 'integer?',
      due_date: 'datetime?',
      paid: 'boolean',
      currency: 'string?',
      metadata: 'object',
    },
  },
  ['invoice_name', 'number', 'status', 'amount_due', 'amount_paid', 'amount_remaining', 'due_date', 'paid', 'currency'],
);

export const paymentIntent = entityClass(
  'StripePaymentIntentEntity',
  'The process of collecting a payment',
  {
    ...{
      payment_intent_id: 'string',
      payment_intent_name: 'string',
      created_time: 'datetime',
      updated_time: 'datetime',
    },
    ...{ ...link, amount: 'integer?', currency: 'string?', status: 'string?', description: 'string?' },
    ...{ customer_id: 'string?', metadata: 'object' },
  },
  ['payment_intent_name', 'amount', 'currency', 'status', 'description'],
);

export const paymentMethod = entityClass(
  'StripePaymentMethodEntity',
  'A card that a customer pays with',
  {
    ...{
      payment_method_id: 'string',
      payment_method_name: 'string',
      created_time: 'datetime',
      ...link,
      type: 'string?',
    },
    ...{ billing_details: 'object', customer_id: 'string?', card: 'object?', metadata: 'object' },
  },
  ['payment_method_name', 'type', 'billing_details', 'card'],
);

export const payout = entityClass(
  'StripePayoutEntity',
  'Money sent to the bank account',
  {
    ...{ payout_id: 'string', payout_name: 'string', created_time: 'datetime', updated_time: 'datetime', ...link },
    ...{
      amount: 'integer?',
      currency: 'string?',
      arrival_date: 'datetime?',
      description: 'string?',
      destination: 'string?',
    },
    ...{ method: 'string?', status: 'string?', statement_descriptor: 'string?', metadata: 'object' },
  },
  ['payout_name', 'amount', 'currency', 'arrival_date', 'description', 'method', 'status', 'statement_descriptor'],
);

export const refund = entityClass(
  'StripeRefundEntity',
  'Money given back',
  {
    ...{ refund_id: 'string', refund_name: 'string', created_time: 'datetime', ...link, amount: 'integer?' },
    ...{ currency: 'string?', status: 'string?', reason: 'string?', receipt_number: 'string?', charge_id: 'string?' },
    ...{ payment_intent_id: 'string?', metadata: 'object' },
  },
  ['refund_name', 'amount', 'currency', 'status', 'reason'],
);

export const subscription = entityClass(
  'StripeSubscriptionEntity',
  'A subscription of a customer',
  {
    ...{ subscription_id: 'string', subscription_name: 'string', created_time: 'datetime', updated_time: 'datetime' },
    ...{ ...link, customer_id: 'string?', status: 'string?', current_period_start: 'datetime?' },
    ...{
      current_period_end: 'datetime?',
      cancel_at_period_end: 'boolean',
      canceled_at: 'datetime?',
      metadata: 'object',
    },
  },
  ['subscription_name', 'status', 'current_period_start', 'current_period_end', 'cancel_at_period_end', 'canceled_at'],
);
