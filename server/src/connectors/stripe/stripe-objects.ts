import { z } from 'zod';

/* Of Stripe's objects what we use, at the API version of the account. https://docs.stripe.com/api */

const text = z.string().nullish();
const seconds = z.int();
const object = z.looseObject({});
/** An id, or the object itself where the account's version expands it. */
const reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish();
const created = { id: z.string(), created: seconds };
const money = { amount: z.int().nullish(), currency: text };
const metadata = { metadata: object.nullish() };

export const Balance = z.object({
  ...{ available: z.array(object), pending: z.array(object), livemode: z.boolean() },
  ...{ instant_available: z.array(object).nullish(), connect_reserved: z.array(object).nullish() },
});

export const BalanceTransaction = z.object({
  ...{ ...created, ...money, description: text, fee: z.int().nullish(), fee_details: z.array(object).nullish() },
  ...{ net: z.int().nullish(), reporting_category: text, source: reference, status: text, type: text },
});

export const Charge = z.object({
  ...{ ...created, ...money, ...metadata, captured: z.boolean(), paid: z.boolean(), refunded: z.boolean() },
  ...{ description: text, receipt_url: text, customer: reference, invoice: reference },
});

export const Customer = z.object({
  ...{ ...created, ...metadata, name: text, email: text, phone: text, description: text, currency: text },
  ...{ default_source: reference, delinquent: z.boolean().nullish(), invoice_prefix: text },
});

export const Event = z.object({
  ...{ ...created, type: text, api_version: text, data: object, livemode: z.boolean() },
  ...{ pending_webhooks: z.int().nullish(), request: object.nullish() },
});

export const Invoice = z.object({
  ...{ ...created, ...metadata, customer: reference, number: text, status: text, currency: text },
  ...{ amount_due: z.int().nullish(), amount_paid: z.int().nullish(), amount_remaining: z.int().nullish() },
  due_date: seconds.nullish(),
});

export const PaymentIntent = z.object({
  ...created,
  ...money,
  ...metadata,
  status: text,
  description: text,
  customer: reference,
});

export const PaymentMethod = z.object({
  ...{ ...created, ...metadata, type: text, billing_details: object, customer: reference, card: object.nullish() },
});

export const Payout = z.object({
  ...{ ...created, ...money, ...metadata, arrival_date: seconds.nullish(), description: text, destination: reference },
  ...{ method: text, status: text, statement_descriptor: text },
});

export const Refund = z.object({
  ...{ ...created, ...money, ...metadata, status: text, reason: text, receipt_number: text },
  ...{ charge: reference, payment_intent: reference },
});

const period = { current_period_start: seconds.nullish(), current_period_end: seconds.nullish() };
export const Subscription = z.object({
  ...{ ...created, ...metadata, ...period, customer: reference, status: text, canceled_at: seconds.nullish() },
  cancel_at_period_end: z.boolean(),
  // Where the period is since 2025: subscriptions may have items of several.
  items: z.object({ data: z.array(z.object(period)) }).nullish(),
});
